package bench;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;

/** A private key with its chain, the signer's certificate first; RSA keys sign RSASSA-PSS, all with SHA-256. */
record Key(PrivateKey key, X509Certificate[] chain) {
    private static final PSSParameterSpec PSS = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);

    /** The only entry of a PKCS#12 file. */
    static Key open(Path file, char[] password) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (InputStream in = Files.newInputStream(file)) {
            store.load(in, password);
        }
        String alias = store.aliases().nextElement();
        X509Certificate[] chain = Arrays.stream(store.getCertificateChain(alias)).map(X509Certificate.class::cast).toArray(X509Certificate[]::new);
        return new Key((PrivateKey) store.getKey(alias, password), chain);
    }

    boolean isRsa() {
        return key.getAlgorithm().equals("RSA");
    }

    /** The signature value over {@code data}, by the platform's own provider. */
    byte[] sign(byte[] data) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(isRsa() ? "RSASSA-PSS" : "SHA256withECDSA");
        if (isRsa()) {
            signature.setParameter(PSS);
        }
        signature.initSign(key);
        signature.update(data);
        return signature.sign();
    }
}
