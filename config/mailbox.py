"""Mail for whoever tries the clinic: a file for each message, in letters that people read."""

from __future__ import annotations

from typing import IO, Any, cast

from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend


class ReadableBackend(EmailBackend):
    """Writes what a mail program would show: headers and parts as text, not as they travel."""

    def write_message(self, message: EmailMessage) -> None:
        letter = cast("Any", message.message())  # an email.message.EmailMessage, whose parts decode themselves
        heads = [f"{name}: {letter[name]}" for name in ("Subject", "From", "To", "Date", "Message-ID")]
        parts = [
            f"--- {part.get_content_type()}\n\n{part.get_content()}"
            for part in letter.walk()
            if not part.is_multipart()
        ]
        cast("IO[bytes]", self.stream).write("\n".join([*heads, "", *parts, ""]).encode())
