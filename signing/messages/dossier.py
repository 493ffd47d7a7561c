"""Messages of the dossier room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {}
