"""What every e-mail of ours shares: what became of one that was not taken, and where its links lead."""

from __future__ import annotations

from email.utils import parseaddr
from http import HTTPStatus
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPResponseException

from django.conf import settings


def is_final(error: Exception) -> bool:
    """Tell whether another try would meet with the same: the mail server refuses for good, or nobody can be written to.

    What the server says of the sender is about us, not about the message: somebody will mend it.
    """
    if isinstance(error, SMTPRecipientsRefused):
        return all(code >= HTTPStatus.INTERNAL_SERVER_ERROR for code, _words in error.recipients.values())
    if isinstance(error, SMTPDataError):
        return error.smtp_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    return isinstance(error, ValueError)


def is_out_of_reach(error: Exception) -> bool:
    """Tell whether the server itself was not there: the next message would wait as long for nothing."""
    return isinstance(error, OSError) and not isinstance(error, SMTPRecipientsRefused | SMTPDataError)


def describe(error: Exception) -> str:
    """Name the failure without the address that servers like to repeat."""
    name = type(error).__name__
    if isinstance(error, SMTPRecipientsRefused):
        codes = sorted({code for code, _words in error.recipients.values()})
        return " ".join([name, *map(str, codes)])
    return f"{name} {error.smtp_code}" if isinstance(error, SMTPResponseException) else name


def message_id(key: str) -> str:
    """Give the Message-ID of what has this key; a copy sent twice by mishap has the same."""
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{key}@{domain}>"


def on_the_site(path: str) -> str:
    """Give the whole address of a path here, as it stands in an e-mail."""
    return str(settings.SITE_URL).rstrip("/") + path
