import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.VeraPDFFoundry;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;

/** What veraPDF finds in a file: conformance to PDF/A-3b (ISO 19005-3) and PDF/UA-1 (ISO 14289-1). */
final class Conformance {
    private Conformance() {}

    static Map<String, Object> of(Path file) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("PDF/A-3b", against(PDFAFlavour.PDFA_3_B, file));
        answer.put("PDF/UA-1", against(PDFAFlavour.PDFUA_1, file));
        return answer;
    }

    /** {@code compliant}, {@code assertions} that were checked, and {@code failed}: rule to number of failures. */
    private static Map<String, Object> against(PDFAFlavour flavour, Path file) throws Exception {
        VeraPDFFoundry foundry = Foundries.defaultInstance();
        try (InputStream opened = Files.newInputStream(file);
                PDFAParser parser = foundry.createParser(opened, flavour);
                PDFAValidator validator = foundry.createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            Map<String, Integer> failed = new LinkedHashMap<>();
            result.getFailedChecks()
                    .forEach((rule, count) -> failed.put(rule.getClause() + " test " + rule.getTestNumber(), count));
            Map<String, Object> found = new LinkedHashMap<>();
            found.put("compliant", result.isCompliant());
            found.put("assertions", result.getTotalAssertions());
            found.put("failed", failed);
            return found;
        }
    }
}
