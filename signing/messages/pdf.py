"""Messages of the pdf room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {}
