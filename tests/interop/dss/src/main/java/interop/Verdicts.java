package interop;

import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.SignedDocumentValidator;
import eu.europa.esig.dss.validation.reports.Reports;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * EU DSS's verdicts about many files, offline, in one JVM: {@code Verdicts ROOT.pem…}, one file a line on standard input.
 * What a detached signature is over lies beside it, under its name without the suffix. Prints for each file, in order,
 * {@code FILE TAB INDICATION:SUB-INDICATION:KEY,KEY…} with one such part a signature or timestamp, or
 * {@code FILE TAB ! TAB error}. Changes after signing fail instead of warning.
 */
public final class Verdicts {
    private Verdicts() {}

    public static void main(String[] args) throws IOException {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        for (String root : args) {
            anchors.addCertificate(DSSUtils.loadCertificate(new File(root)));
        }
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        in.lines().toList().parallelStream().map(line -> verdict(new File(line), anchors)).forEachOrdered(out::println);
    }

    private static String verdict(File file, CommonTrustedCertificateSource anchors) {
        try {
            CommonCertificateVerifier verifier = new CommonCertificateVerifier();
            verifier.setTrustedCertSources(anchors);
            verifier.setAIASource(null);
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
            validator.setCertificateVerifier(verifier);
            File beside = new File(file.getPath().replaceAll("\\.(p7s|tst|xml|ers)$", ""));
            if (!beside.equals(file) && beside.isFile()) {
                validator.setDetachedContents(List.of(new FileDocument(beside)));
            }
            Reports reports = validator.validateDocument(strictPolicy());
            return file.getPath() + "\t" + String.join("\t", told(reports.getSimpleReport(), reports.getDiagnosticData()));
        } catch (Exception | StackOverflowError e) {
            String why = e.getClass().getSimpleName() + ": " + e.getMessage();
            return file.getPath() + "\t!\t" + why.replaceAll("\\s+", " ");
        }
    }

    private static List<String> told(SimpleReport simple, DiagnosticData data) {
        List<String> parts = new ArrayList<>();
        for (String id : simple.getSignatureIdList()) {
            parts.add(part(simple, id));
        }
        if (parts.isEmpty()) {
            for (String id : simple.getTimestampIdList()) {
                parts.add(part(simple, id));
            }
        }
        return parts;
    }

    private static String part(SimpleReport simple, String id) {
        List<String> keys = new ArrayList<>();
        simple.getAdESValidationErrors(id).forEach(m -> keys.add(m.getKey()));
        return simple.getIndication(id) + ":" + simple.getSubIndication(id) + ":" + String.join(",", keys);
    }

    private static InputStream strictPolicy() throws IOException {
        try (InputStream own = Verdicts.class.getResourceAsStream("/policy/constraint.xml")) {
            String policy = new String(own.readAllBytes(), StandardCharsets.UTF_8);
            for (String rule : List.of("UndefinedChanges", "PdfVisualDifference")) {
                policy = policy.replace("<" + rule + " Level=\"WARN\" />", "<" + rule + " Level=\"FAIL\" />");
            }
            return new ByteArrayInputStream(policy.getBytes(StandardCharsets.UTF_8));
        }
    }
}
