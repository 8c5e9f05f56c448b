"""What patients read exists in Burmese, and is compiled as it is written."""

import re
from pathlib import Path

import polib
import pytest

from config.embedded import CODE

WORDS = CODE / "locale/my/LC_MESSAGES/django.po"
READ = ("templates/messages/email.txt", "templates/messages/email.html", "templates/messages/sms.txt")
LINK = ("templates/patient_link.html", "scheduling/services/messages.py", "scheduling/services/calendars.py")
ASKED = re.compile(r'(?:translate |_\(|gettext_lazy\()"([^"]+)"|{% blocktranslate[^%]*%}(.+?){% endblocktranslate %}')
FOR_STAFF = {
    "Booked: %(day)s",
    "Moved to %(day)s",
    "Cancelled: %(day)s",
    "Takes place after all: %(day)s",
    "Not confirmed yet: %(day)s",
    "With another practitioner now: %(day)s",
}


def test_the_compiled_words_are_the_written_ones():
    written = polib.pofile(str(WORDS))
    compiled = polib.mofile(str(WORDS.with_suffix(".mo")))
    assert {each.msgid: each.msgstr for each in compiled} == {each.msgid: each.msgstr for each in written}


@pytest.mark.parametrize("path", [*READ, *LINK])
def test_everything_that_a_patient_reads_is_translated(path):
    words = {each.msgid for each in polib.pofile(str(WORDS)) if each.msgstr}
    source = Path(CODE / path).read_text()
    asked = {re.sub(r"{{ (\w+) }}", r"%(\1)s", plain or block) for plain, block in ASKED.findall(source)}
    assert asked - words - FOR_STAFF == set()
    assert asked


def test_placeholders_are_kept():
    holes = re.compile(r"%\(\w+\)s")
    for each in polib.pofile(str(WORDS)):
        assert sorted(holes.findall(each.msgid)) == sorted(holes.findall(each.msgstr)), each.msgid
