package interop;

import eu.europa.esig.validationreport.ValidationReportFacade;
import eu.europa.esig.validationreport.jaxb.SignatureValidationReportType;
import eu.europa.esig.validationreport.jaxb.ValidationReportType;
import eu.europa.esig.validationreport.jaxb.ValidationStatusType;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * EU DSS reads the validation reports (ETSI TS 119 102-2) named on standard input, one a line, against its schema. Prints
 * a line a file, in order: the identifier and main indication of each signature, or {@code error} and what is wrong.
 */
public final class EtsiReports {
    private EtsiReports() {}

    public static void main(String[] args) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().map(EtsiReports::read).forEachOrdered(out::println);
    }

    private static String read(String path) {
        try (InputStream stream = new FileInputStream(new File(path))) {
            ValidationReportType report = ValidationReportFacade.newFacade().unmarshall(stream, true);
            List<String> told = new ArrayList<>();
            for (SignatureValidationReportType one : report.getSignatureValidationReport()) {
                ValidationStatusType status = one.getSignatureValidationStatus();
                told.add(one.getSignatureIdentifier().getId() + "=" + status.getMainIndication());
            }
            return String.join("\t", told);
        } catch (Exception e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            return "error\t" + String.valueOf(cause.getMessage()).replaceAll("\\s+", " ");
        }
    }
}
