"""Identity cards as a counter meets them: the QR code, the machine-readable lines, the chip."""
