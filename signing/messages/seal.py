"""Messages of the seal room: code → (severity, English, Vietnamese)."""

MESSAGES: dict[str, tuple[str, str, str]] = {}
