"""The development PKI: keys, certificates, TSA, OCSP and CRLs on loopback. Nothing of it has legal value."""
