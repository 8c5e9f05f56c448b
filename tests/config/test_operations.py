"""docs/operations.md says what the configuration reads."""

import re

from config.embedded import CODE

DOCS = (CODE / "docs/operations.md").read_text()
READ = re.compile(
    r"""\b(?:env|environ)(?:\.\w+)?[(\[]\s*"([A-Z_]+)"|"([A-Z_]+)"\ (?:not\ )?in\ os\.environ""", re.VERBOSE
)
OF_OTHERS = {"DJANGO_SETTINGS_MODULE", "WEB_CONCURRENCY"}
"""What Django, Celery and gunicorn read by themselves."""


def configuration():
    """Give the modules that an installation runs; those of the tests are their own affair."""
    return [path for path in (CODE / "config").rglob("*.py") if path.name != "test.py"]


def test_every_variable_that_is_read_is_in_the_table_and_no_other():
    read = {name for path in configuration() for pair in READ.findall(path.read_text()) for name in pair if name}
    told = re.findall(r"^\| `([A-Z_]+)` \|", DOCS, re.MULTILINE)
    assert {"SECRET_KEY", "TRUSTED_PROXIES", "PORT", "MEDAIUS_LOCAL"} <= read
    assert sorted(told) == sorted(read | OF_OTHERS)


def test_the_files_and_modules_that_it_names_are_there():
    files = re.findall(r"\b(?:tests|locale)/[\w/.-]+\.\w+", DOCS)
    modules = [name.replace(".", "/") for name in re.findall(r"\bconfig\.[a-z.]+\b", DOCS)]
    assert "tests/config/test_backup.py" in files
    assert "config/gunicorn" in modules
    assert [path for path in (*files, *(f"{module}.py" for module in modules)) if not (CODE / path).exists()] == []
