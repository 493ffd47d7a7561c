"""The verification seal: signed facts in a QR code, its book, and the result that carries it."""
