"""Where keys live; one file a kind of source, each with `load(where, ask, algorithm) -> Signer`."""
