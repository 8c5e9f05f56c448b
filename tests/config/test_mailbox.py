"""The mail of `make run`, as files."""

import pytest
from django.core.mail import EmailMultiAlternatives

from config.run import where


def test_a_message_is_a_file_that_people_can_read(settings, tmp_path):
    settings.MAILERS = {
        "default": {"BACKEND": "config.mailbox.ReadableBackend", "OPTIONS": {"file_path": str(tmp_path)}}
    }
    for number in range(2):
        email = EmailMultiAlternatives(f"မင်္ဂလာပါ {number}", "သင့်ရက်ချိန်း " * 20, "a@clinic.example", ["b@p.example"])
        email.attach_alternative("<p>သင့်ရက်ချိန်း</p>", "text/html")
        email.send()
    written = sorted(path.read_text() for path in tmp_path.iterdir())
    assert len(written) == 2
    assert written[0].startswith("Subject: မင်္ဂလာပါ 0\nFrom: a@clinic.example\nTo: b@p.example\n")
    assert "--- text/plain\n\n" + "သင့်ရက်ချိန်း " * 20 in written[0]
    assert "--- text/html\n\n<p>သင့်ရက်ချိန်း</p>" in written[0]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("filemail:////srv/mail", "/srv/mail"),
        ("smtp+tls://user:secret@mail.clinic.example:587", "mail.clinic.example"),
        ("consolemail://", "consolemail"),
    ],
)
def test_run_says_where_mail_goes_and_no_password(url, words):
    assert where(url) == words
