"""The user manual: the Markdown files of `docs/manual`, read once, as pages of sections that can be found and linked.

A page is a file `NN-slug.md`: its first digit is its part of the manual, the number its place. It begins with one `#`
heading; each `##` begins a section. What stands before the first is the section without an anchor. The other languages
follow the English one heading by heading, and have its anchors: a link leads to the same place in each. What is bold is
a word of the pages, in English in every file: it is shown as the pages show it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from itertools import pairwise
from pathlib import Path
from struct import unpack

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import capfirst
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

from clinics.text import fold_digits

FOLDER = Path(settings.BASE_DIR) / "docs" / "manual"
PICTURES = Path(settings.BASE_DIR) / "docs" / "pictures"
ORIGINAL = "en"
SNIPPET = 170  # characters
THEN = " \N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK} "
"""Stands between two words of the site of which the second is pressed after the first."""

_FILE = re.compile(r"(\d)\d-([a-z-]+)\.md")
_LINK = re.compile(r"\d\d-([a-z-]+)\.md(#.+)?")
_PICTURE = re.compile(r"(?:\.\./)+pictures/(.+\.png)")
_PNG_SIZE = slice(16, 24)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands below it, to be shown and as plain text; `folded` is both, for comparing."""

    anchor: str
    title: str
    html: SafeString
    text: str
    folded: str


@dataclass(frozen=True, slots=True)
class Page:
    """One task; `part` is the first digit of its file's number, `intro` what stands before its first section."""

    language: str
    part: int
    slug: str
    intro: Section
    sections: tuple[Section, ...]

    @property
    def title(self) -> str:
        return self.intro.title

    @property
    def url(self) -> str:
        return reverse("help_page", args=[self.slug])

    @property
    def summary(self) -> str:
        """Give the first sentence of the introduction."""
        return re.split(r"(?<=[.။])\s", self.intro.text, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Hit:
    """A section in which all of the words stand; `snippet` is the text around the first of them, each marked."""

    page: Page
    section: Section
    snippet: SafeString

    @property
    def url(self) -> str:
        return f"{self.page.url}#{self.section.anchor}" if self.section.anchor else self.page.url


@dataclass(frozen=True, slots=True)
class Manual:
    language: str
    pages: tuple[Page, ...]

    def page(self, slug: str) -> Page:
        """Give the page; KeyError where there is none."""
        return {page.slug: page for page in self.pages}[slug]

    def search(self, said: str) -> list[Hit]:
        """Give the sections that hold every word of what was said, those with a word in their title first.

        Case, accents and the kind of digits do not matter; Burmese, which has no spaces between words, is found by any
        run of its letters.
        """
        words = [word for word in fold(said).split() if any(letter.isalnum() for letter in word)]
        found = []
        for page in self.pages if words else ():
            for section in (page.intro, *page.sections):
                if all(word in section.folded for word in words):
                    title = fold(section.title)
                    in_title = sum(word in title for word in words)
                    found.append((-in_title, Hit(page, section, snippet(section.text, words))))
        return [hit for _rank, hit in sorted(found, key=lambda each: each[0])]


@cache
def manual(language: str) -> Manual:
    """Give the manual in a language, in English where there is none in it; it is read when it is first asked for."""
    language = language.partition("-")[0]
    if not (FOLDER / language).is_dir():
        language = ORIGINAL
    files = sorted(file for file in (FOLDER / language).iterdir() if _FILE.fullmatch(file.name))
    return Manual(language, tuple(read(file) for file in files))


def read(file: Path) -> Page:
    """Read a page. Raises ValueError where the English one has other headings, or where there is no heading."""
    named = _FILE.fullmatch(file.name)
    original = headings(FOLDER / ORIGINAL / file.name)
    with translation.override(file.parent.name):
        parts = split([with_labels(token) for token in _READER.parse(file.read_text(encoding="utf-8"))])
    if named is None or len(parts) != len(original):
        raise ValueError(f"{file}: not the headings of the English page")
    anchors = ["", *(slugify(title) for title in original[1:])]
    intro, *sections = (_section(anchor, part) for anchor, part in zip(anchors, parts, strict=True))
    return Page(file.parent.name, int(named[1]), named[2], intro, tuple(sections))


def with_labels(token: Token) -> Token:
    """Write what is bold as the site writes it in the language of the moment."""
    children = token.children or []
    for before, child in pairwise(children):
        if before.type == "strong_open":
            child.content = THEN.join(map(label_of, child.content.split(THEN)))
    return token


def label_of(words: str) -> str:
    """Translate a word of the site; the administration writes some of them with a capital letter."""
    told = gettext(words)
    if told != words:
        return told
    small = words[:1].lower() + words[1:]
    told = gettext(small)
    return words if told == small else capfirst(told)


def headings(file: Path) -> list[str]:
    return [title_of(part) for part in split(_READER.parse(file.read_text(encoding="utf-8")))]


def split(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut a page before each of its headings."""
    starts = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    if starts[:1] != [0] or [tokens[place].tag for place in starts] != ["h1", *["h2"] * (len(starts) - 1)]:
        raise ValueError("A page begins with a heading of the first level; all others are of the second.")
    return [list(tokens[start:end]) for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True)]


def title_of(part: Sequence[Token]) -> str:
    return words_of(part[1])


def slugify(title: str) -> str:
    """Give the anchor that GitHub gives the heading, so that links work in both places."""
    kept = re.sub(r"[^\w\- ]", "", title.lower())
    return kept.replace(" ", "-")


def fold(text: str) -> str:
    """Write the text for comparing, letter for letter: small, without accents, with Latin digits."""
    plain = (unicodedata.normalize("NFD", letter)[0].lower()[0] for letter in text)
    return fold_digits("".join(plain))


def snippet(text: str, words: Sequence[str]) -> SafeString:
    """Cut out the text around the first of the folded words that stands in it, with each of them marked."""
    folded = fold(text)
    first = min((place for place in map(folded.find, words) if place >= 0), default=0)
    start = max(0, first - SNIPPET // 3)
    if start:
        start = text.rfind(" ", 0, start) + 1
    end = text.find(" ", start + SNIPPET)
    cut = text[start : end if end >= 0 else len(text)]
    pattern = re.compile("|".join(sorted(map(re.escape, words), key=len, reverse=True)))
    written, since = [], 0
    for match in pattern.finditer(fold(cut)):
        written += [escape(cut[since : match.start()]), f"<mark>{escape(cut[match.start() : match.end()])}</mark>"]
        since = match.end()
    written.append(escape(cut[since:]))
    before, after = "… " if start else "", " …" if end >= 0 else ""
    return mark_safe(before + "".join(written) + after)  # noqa: S308 every piece of it is escaped


def words_of(inline: Token) -> str:
    """Give the text of a run of words; what a picture shows is part of it."""
    said = []
    for child in inline.children or ():
        if child.type in {"softbreak", "hardbreak"}:
            said.append(" ")
        else:
            said.append(words_of(child) if child.children else child.content)
    return "".join(said)


def _section(anchor: str, part: list[Token]) -> Section:
    body = part[3:]
    text = " · ".join(words_of(token) for token in body if token.type == "inline")
    html = mark_safe(_READER.renderer.render(body, _READER.options, {}))  # noqa: S308 ours, and HTML in it is off
    return Section(anchor, title_of(part), html, text, fold(f"{title_of(part)} · {text}"))


class ManualHTML(RendererHTML):
    """Markdown as the site shows it; each method writes the tokens of its name."""

    def code_inline(self, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
        # What stands in backticks is what one presses or types.
        return f"<kbd>{escape(tokens[place].content)}</kbd>"

    def table_open(self, _tokens: Sequence[Token], _place: int, _options: OptionsDict, _env: EnvType) -> str:
        return '<div class="wide-table" role="group" tabindex="0"><table>'

    def table_close(self, _tokens: Sequence[Token], _place: int, _options: OptionsDict, _env: EnvType) -> str:
        return "</table></div>"

    def link_open(self, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
        """Lead a link to another page of the manual to where the site shows it."""
        target = str(tokens[place].attrs["href"])
        if named := _LINK.fullmatch(target):
            target = reverse("help_page", args=[named[1]]) + (named[2] or "")
        return f'<a href="{escape(target)}">'

    def image(self, tokens: Sequence[Token], place: int, _options: OptionsDict, _env: EnvType) -> str:
        """Draw a picture as wide as the text; a click shows it as it was taken."""
        token = tokens[place]
        named = _PICTURE.fullmatch(str(token.attrs["src"]))
        if named is None:
            raise ValueError(f"No picture of docs/pictures: {token.attrs['src']}")
        file, said = PICTURES / named[1], escape(words_of(token))
        if not file.exists():  # a manual without a picture is better than none; a test tells of it
            return f"<em>{said}</em>"
        width, height = unpack(">II", file.read_bytes()[_PNG_SIZE])
        url = static(f"manual/{named[1]}")
        picture = f'<img src="{url}" alt="{said}" width="{width}" height="{height}" loading="lazy">'
        return f'<a class="shot" href="{url}">{picture}</a>'


_READER = MarkdownIt("commonmark", {"html": False}, renderer_cls=ManualHTML).enable("table")
