"""CMS, CAdES and RFC 3161 timestamps: built from a template per signer, parsed strictly, checked."""
