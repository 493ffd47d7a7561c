"""Evidence records: proofs that many documents existed, renewed before what they rest on ends (RFC 4998)."""
