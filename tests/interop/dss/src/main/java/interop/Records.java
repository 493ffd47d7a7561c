package interop;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Date;
import java.util.List;
import org.bouncycastle.cms.jcajce.JcaSimpleSignerInfoVerifierBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.tsp.ers.ERSByteData;
import org.bouncycastle.tsp.ers.ERSEvidenceRecord;

/**
 * Bouncy Castle on evidence records (RFC 4998): one {@code RECORD TAB DOCUMENT} a line on standard input, for each
 * {@code OK} or what is wrong. The newest timestamp's own signature is checked, its chain is not.
 */
public final class Records {
    private Records() {}

    public static void main(String[] args) throws IOException {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        List<String> lines = in.lines().toList();
        for (String line : lines) {
            String[] paths = line.split("\t");
            out.println(verdict(Path.of(paths[0]), Path.of(paths[1])));
        }
    }

    private static String verdict(Path file, Path document) {
        try {
            var digests = new JcaDigestCalculatorProviderBuilder().build();
            var record = new ERSEvidenceRecord(Files.readAllBytes(file), digests);
            record.validatePresent(new ERSByteData(Files.readAllBytes(document)), new Date());
            record.validate(new JcaSimpleSignerInfoVerifierBuilder().build(record.getSigningCertificate()));
            return "OK";
        } catch (Exception e) {
            return (e.getClass().getSimpleName() + ": " + e.getMessage()).replaceAll("\\s+", " ");
        }
    }
}
