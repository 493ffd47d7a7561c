package bench;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Calendar;
import java.util.Map;
import org.apache.pdfbox.Loader;
import org.apache.pdfbox.pdmodel.PDDocument;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.PDSignature;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.SignatureOptions;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.AttributeTable;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.ess.ESSCertIDv2;
import org.bouncycastle.asn1.ess.SigningCertificateV2;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAttributeTableGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.DefaultSignatureAlgorithmIdentifierFinder;
import org.bouncycastle.operator.RuntimeOperatorException;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;

/** Apache PDFBox with Bouncy Castle's CMS, made once for the key; no more signed attributes than PAdES asks for. */
final class PdfBoxPeer implements Peer {
    private static final int RESERVED_BYTES = 4096;
    private final CMSSignedDataGenerator generator = new CMSSignedDataGenerator();

    PdfBoxPeer(Key key) throws Exception {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.chain()[0].getEncoded());
        Attribute certificate = new Attribute(
                PKCSObjectIdentifiers.id_aa_signingCertificateV2, new DERSet(new SigningCertificateV2(new ESSCertIDv2(hash))));
        JcaSignerInfoGeneratorBuilder builder = new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build());
        builder.setSignedAttributeGenerator(parameters -> attributes(parameters, certificate));
        generator.addSignerInfoGenerator(builder.build(new Signer(key), key.chain()[0]));
        generator.addCertificates(new JcaCertStore(Arrays.asList(key.chain())));
    }

    private static AttributeTable attributes(Map<?, ?> parameters, Attribute certificate) {
        ASN1EncodableVector all = new ASN1EncodableVector();
        all.add(new Attribute(CMSAttributes.contentType, new DERSet((ASN1ObjectIdentifier) parameters.get(CMSAttributeTableGenerator.CONTENT_TYPE))));
        all.add(new Attribute(CMSAttributes.messageDigest, new DERSet(new DEROctetString((byte[]) parameters.get(CMSAttributeTableGenerator.DIGEST)))));
        all.add(certificate);
        return new AttributeTable(all);
    }

    /** The same primitive as the other peer's. */
    private static final class Signer implements ContentSigner {
        private final Key key;
        private final AlgorithmIdentifier algorithm;
        private final ByteArrayOutputStream data = new ByteArrayOutputStream();

        Signer(Key key) {
            this.key = key;
            this.algorithm = new DefaultSignatureAlgorithmIdentifierFinder().find(key.isRsa() ? "SHA256withRSAandMGF1" : "SHA256withECDSA");
        }

        @Override
        public AlgorithmIdentifier getAlgorithmIdentifier() {
            return algorithm;
        }

        @Override
        public OutputStream getOutputStream() {
            data.reset();
            return data;
        }

        @Override
        public byte[] getSignature() {
            try {
                return key.sign(data.toByteArray());
            } catch (GeneralSecurityException e) {
                throw new RuntimeOperatorException(e.getMessage(), e);
            }
        }
    }

    @Override
    public byte[] sign(byte[] pdf) throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream(pdf.length + 4 * RESERVED_BYTES);
        try (PDDocument document = Loader.loadPDF(pdf); SignatureOptions options = new SignatureOptions()) {
            PDSignature signature = new PDSignature();
            signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
            signature.setSubFilter(PDSignature.SUBFILTER_ETSI_CADES_DETACHED);
            signature.setSignDate(Calendar.getInstance());
            options.setPreferredSignatureSize(RESERVED_BYTES);
            document.addSignature(signature, this::cms, options);
            document.saveIncremental(out);
        }
        return out.toByteArray();
    }

    private byte[] cms(InputStream content) throws IOException {
        try {
            return generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false).getEncoded();
        } catch (CMSException e) {
            throw new IOException(e);
        }
    }
}
