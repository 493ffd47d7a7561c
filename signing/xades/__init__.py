"""XML signatures: XMLDSig and XAdES (EN 319 132-1), read and judged."""
