package bench;

import eu.europa.esig.dss.enumerations.DigestAlgorithm;
import eu.europa.esig.dss.enumerations.EncryptionAlgorithm;
import eu.europa.esig.dss.enumerations.SignatureLevel;
import eu.europa.esig.dss.model.DSSDocument;
import eu.europa.esig.dss.model.InMemoryDocument;
import eu.europa.esig.dss.model.SignatureValue;
import eu.europa.esig.dss.model.x509.CertificateToken;
import eu.europa.esig.dss.pades.PAdESSignatureParameters;
import eu.europa.esig.dss.pades.signature.PAdESService;
import eu.europa.esig.dss.spi.validation.CommonCertificateVerifier;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

/** EU DSS: one service and one parsed chain for all files, new parameters for each, as its guide has it. */
final class DssPeer implements Peer {
    private static final int RESERVED_BYTES = 4096;
    private final PAdESService service = new PAdESService(new CommonCertificateVerifier(true));
    private final Key key;
    private final List<CertificateToken> chain;

    DssPeer(Key key) {
        this.key = key;
        this.chain = Arrays.stream(key.chain()).map(CertificateToken::new).toList();
    }

    @Override
    public byte[] sign(byte[] pdf) throws Exception {
        PAdESSignatureParameters parameters = parameters();
        DSSDocument document = new InMemoryDocument(pdf);
        byte[] value = key.sign(service.getDataToSign(document, parameters).getBytes());
        DSSDocument signed = service.signDocument(document, parameters, new SignatureValue(parameters.getSignatureAlgorithm(), value));
        try (InputStream in = signed.openStream()) {
            return in.readAllBytes();
        }
    }

    private PAdESSignatureParameters parameters() {
        PAdESSignatureParameters parameters = new PAdESSignatureParameters();
        parameters.setSignatureLevel(SignatureLevel.PAdES_BASELINE_B);
        parameters.setDigestAlgorithm(DigestAlgorithm.SHA256);
        parameters.setSigningCertificate(chain.get(0));
        parameters.setCertificateChain(chain);
        if (key.isRsa()) {
            parameters.setEncryptionAlgorithm(EncryptionAlgorithm.RSASSA_PSS);
        }
        parameters.setContentSize(RESERVED_BYTES);
        return parameters;
    }
}
