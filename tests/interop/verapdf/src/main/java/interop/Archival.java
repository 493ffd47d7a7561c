package interop;

import java.io.FileInputStream;
import java.nio.charset.StandardCharsets;
import java.io.PrintStream;
import java.util.StringJoiner;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/** Arguments: PDF files. Prints one JSON object a file: path, flavour (as 1a, 2b), compliant, clauses that are broken. */
public final class Archival {
    public static void main(String[] paths) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String path : paths) {
            try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(path))) {
                PDFAValidator validator = Foundries.defaultInstance().createValidator(parser.getFlavour(), false);
                out.println(told(path, parser.getFlavour().toString(), validator.validate(parser)));
            }
        }
    }

    private static String told(String path, String flavour, ValidationResult result) {
        StringJoiner broken = new StringJoiner(",", "[", "]");
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                broken.add(quoted(assertion.getRuleId().getClause() + " " + assertion.getMessage()));
            }
        }
        return "{\"path\":" + quoted(path) + ",\"flavour\":" + quoted(flavour)
            + ",\"compliant\":" + result.isCompliant() + ",\"broken\":" + broken + "}";
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" + c : c < 32 ? " " : String.valueOf(c));
        }
        return out.append('"').toString();
    }
}
