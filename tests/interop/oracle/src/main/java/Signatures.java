import eu.europa.esig.dss.diagnostic.DiagnosticData;
import eu.europa.esig.dss.diagnostic.PDFRevisionWrapper;
import eu.europa.esig.dss.diagnostic.SignatureWrapper;
import eu.europa.esig.dss.diagnostic.TimestampWrapper;
import eu.europa.esig.dss.model.FileDocument;
import eu.europa.esig.dss.pades.validation.PDFDocumentValidator;
import eu.europa.esig.dss.simplereport.SimpleReport;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.validation.reports.Reports;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What EU DSS finds in a file: its signatures and time stamps (ETSI EN 319 102-1), one root trusted, nothing fetched. */
final class Signatures {
    private Signatures() {}

    static Map<String, Object> of(Path file, Path root, Instant at) {
        CommonTrustedCertificateSource trusted = new CommonTrustedCertificateSource();
        trusted.addCertificate(DSSUtils.loadCertificate(root.toFile()));
        CommonCertificateVerifier verifier = new CommonCertificateVerifier();
        verifier.setTrustedCertSources(trusted);
        verifier.setAIASource(null);
        PDFDocumentValidator validator = new PDFDocumentValidator(new FileDocument(file.toFile()));
        validator.setCertificateVerifier(verifier);
        validator.setValidationTime(Date.from(at));
        Reports reports = validator.validateDocument();
        DiagnosticData data = reports.getDiagnosticData();
        List<Object> signatures = new ArrayList<>();
        for (SignatureWrapper one : data.getSignatures()) {
            signatures.add(signature(one, reports.getSimpleReport()));
        }
        List<Object> stamps = new ArrayList<>();
        for (TimestampWrapper one : data.getTimestampList()) {
            stamps.add(stamp(one, reports.getSimpleReport()));
        }
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("signatures", signatures);
        answer.put("timestamps", stamps);
        return answer;
    }

    private static Map<String, Object> signature(SignatureWrapper one, SimpleReport report) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("format", String.valueOf(one.getSignatureFormat()).replace('_', '-'));
        found.put("intact", one.isSignatureIntact());
        found.put("valid", one.isSignatureValid());
        found.put("structure", one.getStructuralValidationMessages());
        judged(found, one.getId(), report);
        revision(found, one.getPDFRevision());
        return found;
    }

    private static Map<String, Object> stamp(TimestampWrapper one, SimpleReport report) {
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("type", one.getType().name());
        found.put("time", one.getProductionTime().toInstant().toString());
        found.put("intact", one.isSignatureIntact() && one.isMessageImprintDataIntact());
        found.put("valid", one.isSignatureValid());
        judged(found, one.getId(), report);
        revision(found, one.getPDFRevision());
        return found;
    }

    private static void judged(Map<String, Object> found, String id, SimpleReport report) {
        found.put("indication", String.valueOf(report.getIndication(id)));
        found.put("sub_indication", report.getSubIndication(id) == null ? "" : report.getSubIndication(id).name());
        found.put("errors", report.getAdESValidationErrors(id).stream().map(one -> one.getValue()).toList());
    }

    /** A time stamp inside a signature has no revision of its own. */
    private static void revision(Map<String, Object> found, PDFRevisionWrapper one) {
        if (one == null) {
            return;
        }
        found.put("field", one.getFirstFieldName());
        found.put("byte_range_valid", one.isSignatureByteRangeValid());
        found.put("dictionary_consistent", one.isPdfSignatureDictionaryConsistent());
        found.put("visual_modifications", one.arePdfModificationsDetected());
        found.put("unexplained_changes", one.getPdfUndefinedChanges().size());
        found.put("annotation_changes", one.getPdfAnnotationChanges().size());
        found.put("form_changes", one.getPdfSignatureOrFormFillChanges().size());
        found.put("extension_changes", one.getPdfExtensionChanges().size());
    }
}
