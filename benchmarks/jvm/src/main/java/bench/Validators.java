package bench;

import eu.europa.esig.dss.enumerations.Indication;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.policy.ValidationPolicy;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.policy.ValidationPolicyLoader;
import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * {@code Validators ROOT.pem}: EU DSS validating offline with one trusted root, as told by lines on standard input,
 * fields parted by tabs, each answered with one line. {@code files LIST} takes the files named in LIST; {@code warm
 * SECONDS} goes through them for as long and {@code time TIMES} validates as many of them, from where the last one
 * stopped: both answer with nanoseconds a file; {@code passed} goes through all once and counts TOTAL_PASSED.
 */
public final class Validators {
    private final CommonCertificateVerifier verifier = new CommonCertificateVerifier(true);
    private final ValidationPolicy policy = ValidationPolicyLoader.fromDefaultValidationPolicy().create();
    private List<String> files = List.of();
    private int next = 0;

    private Validators(File root) {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        anchors.addCertificate(DSSUtils.loadCertificate(root));
        verifier.setTrustedCertSources(anchors);
    }

    public static void main(String[] args) throws Exception {
        Validators here = new Validators(new File(args[0]));
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            String[] told = line.split("\t");
            switch (told[0]) {
                case "files" -> {
                    here.files = Files.readAllLines(Path.of(told[1]));
                    here.next = 0;
                    out.println(here.files.size());
                }
                case "warm" -> out.println(here.run(Integer.MAX_VALUE, Double.parseDouble(told[1])));
                case "time" -> out.println(here.run(Integer.parseInt(told[1]), Double.MAX_VALUE));
                case "passed" -> out.println(here.passed());
                default -> throw new IllegalArgumentException(line);
            }
        }
    }

    private long run(int times, double seconds) throws Exception {
        long begin = System.nanoTime();
        int done = 0;
        while (done < times && System.nanoTime() - begin < seconds * 1e9) {
            validate(files.get(next++ % files.size()));
            done++;
        }
        return (System.nanoTime() - begin) / Math.max(done, 1);
    }

    private int passed() throws Exception {
        int found = 0;
        for (String file : files) {
            SimpleReport report = validate(file);
            for (String id : report.getSignatureIdList()) {
                found += report.getIndication(id) == Indication.TOTAL_PASSED ? 1 : 0;
            }
        }
        return found;
    }

    private SimpleReport validate(String name) throws Exception {
        Path path = Path.of(name);
        SignedDocumentValidator validator =
            SignedDocumentValidator.fromDocument(new InMemoryDocument(Files.readAllBytes(path), path.getFileName().toString()));
        validator.setCertificateVerifier(verifier);
        if (name.endsWith(".p7s")) {
            validator.setDetachedContents(List.of(new FileDocument(name.substring(0, name.length() - 4))));
        }
        return validator.validateDocument(policy).getSimpleReport();
    }
}
