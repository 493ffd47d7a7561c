package interop;

import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.jaxb.object.Message;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.spi.x509.revocation.crl.ExternalResourcesCRLSource;
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
import java.util.Arrays;
import java.util.List;

/**
 * EU DSS over the files named on standard input, offline. A line is {@code ROOT.pem TAB CRL,CRL… TAB PASSWORD TAB FILE}:
 * the one trusted root, CRLs for signatures that carry no evidence, the password of an encrypted PDF, either empty.
 * Prints one JSON object a line, in order; a file that DSS refuses to open gets an "error" member instead of signatures.
 */
public final class Judge {
    private Judge() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        List<String> lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().toList();
        lines.parallelStream().map(line -> line.split("\t", -1)).map(Judge::judge).forEachOrdered(out::println);
    }

    private static String judge(String[] task) {
        File file = new File(task[3]);
        String head = "{\"path\": " + quote(file.getPath());
        try {
            SignedDocumentValidator validator = SignedDocumentValidator.fromDocument(new FileDocument(file));
            validator.setCertificateVerifier(verifier(task[0], task[1]));
            if (!task[2].isEmpty() && validator instanceof PDFDocumentValidator pdf) {
                pdf.setPasswordProtection(task[2].toCharArray());
            }
            File beside = new File(file.getPath().replaceAll("\\.p7s$", ""));
            if (!beside.equals(file) && beside.isFile()) {
                validator.setDetachedContents(List.of(new FileDocument(beside)));
            }
            Reports reports = validator.validateDocument(strictPolicy());
            SimpleReport simple = reports.getSimpleReport();
            List<String> signatures = new ArrayList<>();
            for (String id : simple.getSignatureIdList()) {
                signatures.add(signature(simple, reports.getDiagnosticData().getSignatureById(id), id));
            }
            return head + ", \"container\": " + quote(name(simple.getContainerType())) + ", \"signatures\": [" + String.join(", ", signatures) + "]}";
        } catch (Exception e) {
            return head + ", \"error\": " + quote(e.getClass().getSimpleName() + ": " + e.getMessage()) + "}";
        }
    }

    private static CommonCertificateVerifier verifier(String root, String crls) {
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        anchors.addCertificate(DSSUtils.loadCertificate(new File(root)));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(anchors);
        verifier.setAIASource(null);
        if (!crls.isEmpty()) {
            verifier.setCrlSource(new ExternalResourcesCRLSource(
                Arrays.stream(crls.split(",")).map(FileDocument::new).toArray(DSSDocument[]::new)));
        }
        return verifier;
    }

    /** DSS's own policy, except that changes after signing and differences to be seen fail instead of warning. */
    private static InputStream strictPolicy() throws IOException {
        try (InputStream own = Judge.class.getResourceAsStream("/policy/constraint.xml")) {
            String policy = new String(own.readAllBytes(), StandardCharsets.UTF_8);
            for (String rule : List.of("UndefinedChanges", "PdfVisualDifference")) {
                String warns = "<" + rule + " Level=\"WARN\" />";
                if (!policy.contains(warns)) {
                    throw new IOException("the policy of DSS no longer says " + warns);
                }
                policy = policy.replace(warns, "<" + rule + " Level=\"FAIL\" />");
            }
            return new ByteArrayInputStream(policy.getBytes(StandardCharsets.UTF_8));
        }
    }

    private static String signature(SimpleReport simple, SignatureWrapper found, String id) {
        return "{\"id\": " + quote(id)
            + ", \"file\": " + quote(simple.getTokenFilename(id))
            + ", \"format\": " + quote(name(simple.getSignatureFormat(id)))
            + ", \"indication\": " + quote(name(simple.getIndication(id)))
            + ", \"sub_indication\": " + quote(name(simple.getSubIndication(id)))
            + ", \"parent\": " + quote(found.getParent() == null ? null : found.getParent().getId())
            + ", \"said\": " + quote(said(found))
            + ", \"errors\": " + messages(simple.getAdESValidationErrors(id))
            + ", \"warnings\": " + messages(simple.getAdESValidationWarnings(id))
            + ", \"infos\": " + messages(simple.getAdESValidationInfo(id)) + "}";
    }

    /** What the signer said beside the signature, as DSS reads it: commitments, place, roles, policy. */
    private static String said(SignatureWrapper found) {
        List<String> parts = new ArrayList<>();
        found.getCommitmentTypeIndications().forEach(c -> parts.add(c.getIdentifier()));
        parts.add(found.getCountryName());
        parts.add(found.getCity());
        found.getSignerRoles().forEach(r -> parts.add(r.getRole()));
        parts.add(found.getPolicyId());
        parts.removeIf(p -> p == null || p.isEmpty());
        return String.join(" | ", parts);
    }

    private static String messages(List<Message> found) {
        List<String> texts = new ArrayList<>();
        for (Message message : found) {
            texts.add("{\"key\": " + quote(message.getKey()) + ", \"text\": " + quote(message.getValue()) + "}");
        }
        return "[" + String.join(", ", texts) + "]";
    }

    private static String name(Enum<?> value) {
        return value == null ? null : value.toString();
    }

    private static String quote(String text) {
        if (text == null) {
            return "null";
        }
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < 0x20) {
                quoted.append(String.format("\\u%04x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
