package maker;

import eu.europa.esig.dss.asic.cades.ASiCWithCAdESSignatureParameters;
import eu.europa.esig.dss.asic.cades.ASiCWithCAdESTimestampParameters;
import eu.europa.esig.dss.asic.cades.signature.ASiCWithCAdESService;
import eu.europa.esig.dss.asic.xades.ASiCWithXAdESSignatureParameters;
import eu.europa.esig.dss.asic.xades.signature.ASiCWithXAdESService;
import eu.europa.esig.dss.enumerations.ASiCContainerType;
import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.enumerations.SignaturePackaging;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.ToBeSigned;
import eu.europa.esig.dss.service.crl.OnlineCRLSource;
import eu.europa.esig.dss.service.ocsp.OnlineOCSPSource;
import eu.europa.esig.dss.service.tsp.OnlineTSPSource;
import eu.europa.esig.dss.service.http.commons.TimestampDataLoader;
import eu.europa.esig.dss.spi.DSSUtils;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import eu.europa.esig.dss.spi.x509.CommonTrustedCertificateSource;
import eu.europa.esig.dss.token.DSSPrivateKeyEntry;
import eu.europa.esig.dss.token.Pkcs12SignatureToken;
import eu.europa.esig.dss.xades.XAdESSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESCounterSignatureParameters;
import eu.europa.esig.dss.xades.signature.XAdESService;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.security.KeyStore;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Samples of every packaging and level: {@code Maker OUT ROOT.pem TSA-URL PASSWORD SIGNER.p12 SECOND.p12}. */
public final class Maker {
    private static final String XML = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        + "<GiayXacNhan xmlns=\"urn:vn:mau\"><So>01/GXN</So><HoTen>Nguyễn Văn Mẫu</HoTen></GiayXacNhan>\n";
    private static final DSSDocument PAPER =
        new InMemoryDocument(XML.getBytes(StandardCharsets.UTF_8), "giay-xac-nhan.xml");
    private static final DSSDocument NAMED = new InMemoryDocument(
        XML.replace(" xmlns", " Id=\"giay\" xmlns").getBytes(StandardCharsets.UTF_8), "giay-xac-nhan.xml");
    private static final DSSDocument NOTE =
        new InMemoryDocument("Tờ trình số 02 (mẫu thử)\n".getBytes(StandardCharsets.UTF_8), "to-trinh.txt");
    private static final Map<String, String> LEVELS = new TreeMap<>(
        Map.of("B-B", "BASELINE_B", "B-T", "BASELINE_T", "B-LT", "BASELINE_LT", "B-LTA", "BASELINE_LTA"));

    private final File out;
    private final CommonCertificateVerifier verifier = new CommonCertificateVerifier();
    private final OnlineTSPSource tsp;
    private final Pkcs12SignatureToken token;
    private final Pkcs12SignatureToken second;

    private Maker(String[] args) throws Exception {
        out = new File(args[0]);
        CommonTrustedCertificateSource anchors = new CommonTrustedCertificateSource();
        anchors.addCertificate(DSSUtils.loadCertificate(new File(args[1])));
        verifier.setTrustedCertSources(anchors);
        verifier.setCrlSource(new OnlineCRLSource());
        verifier.setOcspSource(new OnlineOCSPSource());
        tsp = new OnlineTSPSource(args[2], new TimestampDataLoader());
        KeyStore.PasswordProtection password = new KeyStore.PasswordProtection(args[3].toCharArray());
        token = new Pkcs12SignatureToken(new File(args[4]), password);
        second = new Pkcs12SignatureToken(new File(args[5]), password);
    }

    public static void main(String[] args) throws Exception {
        Maker maker = new Maker(args);
        for (Map.Entry<String, String> level : LEVELS.entrySet()) {
            maker.level(level.getKey(), level.getValue());
        }
        maker.several();
        NOTE.save(new File(maker.out, NOTE.getName()).getPath());
        PAPER.save(new File(maker.out, PAPER.getName()).getPath());
        System.exit(0);
    }

    private void level(String name, String dss) throws Exception {
        SignatureLevel level = SignatureLevel.valueOf("XAdES_" + dss);
        save("enveloped-" + name + ".xml", sign(PAPER, level, SignaturePackaging.ENVELOPED, token));
        save("enveloping-" + name + ".xml", sign(NOTE, level, SignaturePackaging.ENVELOPING, token));
        save("detached-" + name + ".xml", sign(NOTE, level, SignaturePackaging.DETACHED, token));
        for (ASiCContainerType type : ASiCContainerType.values()) {
            boolean simple = type == ASiCContainerType.ASiC_S;
            String suffix = simple ? ".asics" : ".asice";
            List<DSSDocument> files = simple ? List.of(NOTE) : List.of(NOTE, PAPER);
            save("asic-xades-" + name + suffix, container(files, level, type));
            if (simple) {
                save("asic-cades-" + name + suffix, cades(files, SignatureLevel.valueOf("CAdES_" + dss)));
            }
        }
    }

    private void several() throws Exception {
        SignatureLevel level = SignatureLevel.XAdES_BASELINE_B;
        DSSDocument one = sign(PAPER, SignatureLevel.XAdES_BASELINE_T, SignaturePackaging.ENVELOPED, token);
        save("counter-signed-B-T.xml", counterSign(one));
        save("internally-detached-B-B.xml", sign(NAMED, level, SignaturePackaging.INTERNALLY_DETACHED, token));
        XAdESSignatureParameters manifest = parameters(level, SignaturePackaging.ENVELOPING, token);
        manifest.setEmbedXML(true);
        save("embedded-xml-B-B.xml", sign(PAPER, manifest, token));
        XAdESService signing = new XAdESService(verifier);
        signing.setTspSource(tsp);
        XAdESSignatureParameters begun =
            parameters(SignatureLevel.XAdES_BASELINE_LT, SignaturePackaging.ENVELOPED, token);
        begun.setContentTimestamps(List.of(signing.getContentTimestamp(PAPER, begun)));
        save("content-timestamp-B-LT.xml", sign(PAPER, begun, token));
        XAdESSignatureParameters listed =
            parameters(SignatureLevel.XAdES_BASELINE_LT, SignaturePackaging.ENVELOPING, token);
        listed.setManifestSignature(true);
        DSSDocument list = new eu.europa.esig.dss.xades.signature.ManifestBuilder("kem-theo",
            DigestAlgorithm.SHA256, List.of(NOTE, PAPER)).build();
        save("manifest-B-LT.xml", sign(list, listed, token));
        ASiCWithCAdESService service = new ASiCWithCAdESService(verifier);
        service.setTspSource(tsp);
        ASiCWithCAdESTimestampParameters stamp = new ASiCWithCAdESTimestampParameters(DigestAlgorithm.SHA256);
        stamp.aSiC().setContainerType(ASiCContainerType.ASiC_S);
        save("asic-timestamp.asics", service.timestamp(List.of(NOTE), stamp));
        stamp.aSiC().setContainerType(ASiCContainerType.ASiC_E);
        save("asic-timestamp.asice", service.timestamp(List.of(PAPER, NOTE), stamp));
    }

    private static XAdESSignatureParameters parameters(
            SignatureLevel level, SignaturePackaging packaging, Pkcs12SignatureToken token) {
        DSSPrivateKeyEntry key = token.getKeys().get(0);
        XAdESSignatureParameters parameters = new XAdESSignatureParameters();
        parameters.setSignatureLevel(level);
        parameters.setSignaturePackaging(packaging);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(key.getCertificate());
        parameters.setCertificateChain(key.getCertificateChain());
        parameters.bLevel().setSigningDate(new Date());
        parameters.bLevel().setClaimedSignerRoles(List.of("Chủ tịch"));
        return parameters;
    }

    private DSSDocument sign(
            DSSDocument document, SignatureLevel level, SignaturePackaging packaging, Pkcs12SignatureToken by) {
        return sign(document, parameters(level, packaging, by), by);
    }

    private DSSDocument sign(DSSDocument document, XAdESSignatureParameters parameters, Pkcs12SignatureToken by) {
        XAdESService service = new XAdESService(verifier);
        service.setTspSource(tsp);
        ToBeSigned data = service.getDataToSign(document, parameters);
        SignatureValue value = by.sign(data, parameters.getDigestAlgorithm(), by.getKeys().get(0));
        return service.signDocument(document, parameters, value);
    }

    private DSSDocument counterSign(DSSDocument document) {
        XAdESService service = new XAdESService(verifier);
        DSSPrivateKeyEntry key = second.getKeys().get(0);
        XAdESCounterSignatureParameters parameters = new XAdESCounterSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.XAdES_BASELINE_B);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(key.getCertificate());
        parameters.setCertificateChain(key.getCertificateChain());
        parameters.bLevel().setSigningDate(new Date());
        parameters.setSignatureIdToCounterSign(new eu.europa.esig.dss.xades.validation.XMLDocumentValidator(document)
            .getSignatures().get(0).getId());
        ToBeSigned data = service.getDataToBeCounterSigned(document, parameters);
        return service.counterSignSignature(document, parameters, second.sign(data, DigestAlgorithm.SHA256, key));
    }

    private DSSDocument container(List<DSSDocument> files, SignatureLevel level, ASiCContainerType type) {
        DSSPrivateKeyEntry key = token.getKeys().get(0);
        ASiCWithXAdESService service = new ASiCWithXAdESService(verifier);
        service.setTspSource(tsp);
        ASiCWithXAdESSignatureParameters parameters = new ASiCWithXAdESSignatureParameters();
        parameters.aSiC().setContainerType(type);
        parameters.setSignatureLevel(level);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(key.getCertificate());
        parameters.setCertificateChain(key.getCertificateChain());
        parameters.bLevel().setSigningDate(new Date());
        ToBeSigned data = service.getDataToSign(files, parameters);
        return service.signDocument(files, parameters, token.sign(data, DigestAlgorithm.SHA256, key));
    }

    private DSSDocument cades(List<DSSDocument> files, SignatureLevel level) {
        DSSPrivateKeyEntry key = token.getKeys().get(0);
        ASiCWithCAdESService service = new ASiCWithCAdESService(verifier);
        service.setTspSource(tsp);
        ASiCWithCAdESSignatureParameters parameters = new ASiCWithCAdESSignatureParameters();
        parameters.aSiC().setContainerType(ASiCContainerType.ASiC_S);
        parameters.setSignatureLevel(level);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(key.getCertificate());
        parameters.setCertificateChain(key.getCertificateChain());
        parameters.bLevel().setSigningDate(new Date());
        ToBeSigned data = service.getDataToSign(files, parameters);
        return service.signDocument(files, parameters, token.sign(data, DigestAlgorithm.SHA256, key));
    }

    private void save(String name, DSSDocument document) throws Exception {
        document.save(new File(out, name).getPath());
    }
}
