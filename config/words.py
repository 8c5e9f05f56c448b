"""The words that people read, gathered from the sources into locale/, and compiled: `make words`.

Dates count as words: a format with names in it stands in the catalog, so that each language has its own order. Of
Django's own words the catalog holds those that people meet here; where Django has them too, ours are taken.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import django
import phonenumber_field
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from config.embedded import CODE

type Key = tuple[str | None, str | tuple[str, ...]]
"""A message's context, and its text; with its plural where it has one."""

LOCALE = CODE / "locale"
OURS = ("templates", "clinics", "patients", "scheduling", "config")
DJANGO, PHONES = Path(django.__file__).parent, Path(phonenumber_field.__file__).parent
BORROWED = {
    DJANGO / "utils/dates.py": "",
    DJANGO / "utils/timesince.py": "%",
    DJANGO / "utils/text.py": "^or$",
    DJANGO / "contrib/humanize/templatetags/humanize.py": r"delta|ago|now|\(num\)",
    DJANGO / "forms/fields.py": "^(?!.*(file|URL|JSON|duration|days))",
    DJANGO / "forms/models.py": "",
    DJANGO / "forms/formsets.py": "",
    DJANGO / "core/validators.py": "^Enter a valid (value|integer|email|.slug)|^Ensure this value (has|is [lg])|^Null",
    DJANGO / "db/models/fields/__init__.py": "choice|Select an|cannot be|already exists|^“.*(YYYY|HH|integer)",
    DJANGO / "db/models/fields/related.py": "valid choice",
    DJANGO / "db/models/base.py": "",
    DJANGO / "db/models/constraints.py": "",
    DJANGO / "contrib/auth/forms.py": "",
    DJANGO / "contrib/auth/admin.py": "",
    DJANGO / "contrib/auth/base_user.py": "",
    DJANGO / "contrib/auth/models.py": "superuser|permissions without",
    DJANGO / "contrib/auth/password_validation.py": "",
    DJANGO / "contrib/admin": "",
    DJANGO / "contrib/admin/templates/registration": "",
    PHONES / "validators.py": "",
    PHONES / "formfields.py": "",
}
"""Where others' words are that people meet here, and which of them by an expression."""
NOT_MET = re.compile(
    r"/(apps|invalid_setup|login|logged_out|[45]0\d|popup_response|delete_selected\w*)\.\w+$|/actions\.py$"
)
NOT_MET_EITHER = re.compile(r"password_reset|/admin_doc|/tests/")
SCRIPTS = DJANGO / "contrib/admin/static/admin/js"

PLURAL, CONTEXT, BOTH = (1, 2), ((1, "c"), 2), ((1, "c"), 2, 3)
ASKED = {"_": None, "dated": (2,)} | {
    f"{name}{lazy}": spec
    for name, spec in (("gettext", None), ("ngettext", PLURAL), ("pgettext", CONTEXT), ("npgettext", BOTH))
    for lazy in ("", "_lazy", "_noop")
}
DATE = re.compile(r'\|date:"([^"]+)"')
NAMES = re.compile(r"[DFMNl]")
"""What stands in a format for the name of a weekday or of a month."""


def gathered(domain: str = "django") -> dict[Key, str]:
    """Give each message that can be read, in the order of the sources, with the file where it stands first."""
    found: dict[tuple[str | None, str], tuple[Key, str]] = {}
    for path, place, which in _scripts() if domain == "djangojs" else _sources():
        for context, text in _asked_in(path):
            one = text if isinstance(text, str) else text[0]
            known, first = found.get((context, one), ((context, text), place))
            # Asked for with its plural and without, it is one message: the one with the plural answers both.
            if re.search(which, one):
                found[context, one] = (known if isinstance(text, str) else (context, text), first)
    return dict(found.values())


def _sources() -> Iterator[tuple[Path, str, str]]:
    for top in OURS:
        for path in _files(CODE / top):
            yield path, str(path.relative_to(CODE)), ""
    for place, which in BORROWED.items():
        for path in _files(place):
            if not NOT_MET.search(str(path)) and not NOT_MET_EITHER.search(str(path)):
                yield path, str(path.relative_to(DJANGO.parent)), which


def _scripts() -> Iterator[tuple[Path, str, str]]:
    for path in sorted(SCRIPTS.rglob("*.js")):
        if path.stem not in {"SelectFilter2", "actions"}:
            yield path, str(path.relative_to(DJANGO.parent)), ""


def _files(top: Path) -> list[Path]:
    files = sorted(top.rglob("*")) if top.is_dir() else [top]
    return [path for path in files if path.suffix in {".py", ".html", ".txt"}]


def _asked_in(path: Path) -> Iterator[Key]:
    text = path.read_text()
    for form in DATE.findall(text) if path.suffix != ".py" else ():
        if is_translated(form):
            yield None, form
    if path.suffix in {".html", ".txt"}:
        # Of a template Django makes the calls that stand in it; where its lines begin means nothing.
        text = "\n".join(line.strip() for line in templatize(text, origin=str(path)).splitlines())
    language = "javascript" if path.suffix == ".js" else "python"
    for _line, asked, _comments, context in extract(language, io.BytesIO(text.encode()), ASKED):
        yield context, asked if isinstance(asked, str) else tuple(asked)


def is_translated(form: str) -> bool:
    """Tell whether a format of a date has an order and names, which are other languages' own."""
    return len(form) > 1 and "_" not in form and NAMES.search(form) is not None


def catalog_of(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def merged(old: Catalog, domain: str = "django") -> Catalog:
    """Give the catalog of the messages that there are now, with the translations that were there."""
    new = Catalog(locale=old.locale)
    new.mime_headers = [("Plural-Forms", old.plural_forms)]
    for (context, text), place in gathered(domain).items():
        before = old.get(text[0] if isinstance(text, tuple) else text, context)
        string = before.string if before and "fuzzy" not in before.flags else ""
        if isinstance(text, tuple) and isinstance(string, str):
            string = (string,)
        if isinstance(text, str) and isinstance(string, tuple):
            string = string[0]
        new.add(text, string, locations=[(place, None)], context=context)  # type: ignore[list-item] # no line
    return new


def untranslated(catalog: Catalog) -> list[str]:
    return [str(each.id) for each in catalog if each.id and each.string in ("", ("",))]


def compiled(path: Path) -> bytes:
    """Give the catalog as programs read it: the same bytes of the same words, whenever that is."""
    catalog, file = catalog_of(path), io.BytesIO()
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    write_mo(file, catalog)
    return file.getvalue()


def compile_all() -> None:
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        path.with_suffix(".mo").write_bytes(compiled(path))


def gather_all() -> None:
    """Write each catalog anew, under the head that it has; print what is not translated yet."""
    missing = []
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        head, catalog, body = path.read_text().partition("\n\n")[0], merged(catalog_of(path), path.stem), io.BytesIO()
        write_po(body, catalog, width=120, include_lineno=False, omit_header=True)
        path.write_text(f"{head}\n\n{body.getvalue().decode().strip()}\n")
        missing += [f"{path.relative_to(CODE)}: {each}" for each in untranslated(catalog)]
    print(*missing, f"{len(missing)} messages are not translated.", sep="\n")  # noqa: T201 it was asked for


if __name__ == "__main__":
    if "compile" not in sys.argv:
        gather_all()
    compile_all()
