"""ASiC-E containers (EN 319 162-1): a strict zip reader, a deterministic writer, manifests."""
