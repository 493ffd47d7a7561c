"""Signed dossiers (ASiC-E), signed results (PAdES), verification seals and audits."""
