"""The manual: whole in both languages, found by its words, and opened where one is."""

import re
from collections import Counter

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from clinics.models import Role
from config.embedded import CODE
from scheduling.exceptions import REFUSALS
from scheduling.lifecycle import TRANSITIONS
from scheduling.views.help import FOR_PRACTITIONERS, HELP_FOR, PARTS, WITHOUT_HELP
from scheduling.views.manual import FOLDER, PICTURES, THEN, fold, manual, read, slugify, snippet
from tests.factories import UserFactory
from tests.scheduling.views.conftest import signed_in
from tests.test_matrix import routes

ENGLISH, BURMESE = manual("en"), manual("my")
LANGUAGES = pytest.mark.parametrize("book", [ENGLISH, BURMESE], ids=["en", "my"])
LINK, PICTURE = re.compile(r'<a href="([^"]*)"'), re.compile(r'<img src="/static/([^"]+)" alt="([^"]*)"')
BOLD = re.compile(r"\*\*(.+?)\*\*")


def anchors(page):
    return [section.anchor for section in page.sections]


def html_of_page(page):
    return "".join(str(section.html) for section in (page.intro, *page.sections))


def html_of(book):
    return "".join(map(html_of_page, book.pages))


class TestTheText:
    def test_both_languages_have_the_same_pages_and_sections(self):
        files = [sorted(file.name for file in (FOLDER / language).iterdir()) for language in ("en", "my")]
        assert files[0] == files[1]
        assert [(page.slug, anchors(page)) for page in BURMESE.pages] == [
            (page.slug, anchors(page)) for page in ENGLISH.pages
        ]

    @LANGUAGES
    def test_every_anchor_is_there_once(self, book):
        counted = Counter(anchor for page in book.pages for anchor in [page.slug, *anchors(page)])
        assert [anchor for anchor, count in counted.items() if count > 1] == []

    @LANGUAGES
    def test_every_link_leads_to_a_page_and_a_section(self, book):
        places = {page.url for page in book.pages}
        places |= {f"{page.url}#{anchor}" for page in book.pages for anchor in anchors(page)}
        links = set(LINK.findall(html_of(book)))
        assert links
        assert links - places == set()

    @LANGUAGES
    def test_every_picture_is_there_and_said_in_words(self, book):
        written = "".join(file.read_text() for file in sorted((FOLDER / book.language).glob("*.md")))
        named = re.findall(r"!\[(.*?)\]\(\.\./\.\./pictures/(.*?)\)", written)
        assert [name for said, name in named if not said or not (PICTURES / name).exists()] == []
        shown = PICTURE.findall(html_of(book))
        assert [path.removeprefix("manual/") for path, _said in shown] == [name for _said, name in named]
        assert {finders.find(path) for path, _said in shown} == {str(PICTURES / name) for _said, name in named}

    def test_one_that_has_not_been_taken_is_told_in_words(self, tmp_path):
        page = tmp_path / "en" / "11-signing-in.md"
        page.parent.mkdir()
        headings = "".join(f"\n## {section.title}\n" for section in ENGLISH.page("signing-in").sections)
        page.write_text(f"# Signing in\n\n![The door](../../pictures/never-taken.png)\n{headings}")
        assert read(page).intro.html == "<p><em>The door</em></p>\n"

    @LANGUAGES
    def test_every_part_has_a_title_and_pages(self, book):
        assert {page.part for page in book.pages} == set(PARTS)

    def test_every_page_is_in_burmese(self):
        mixed = [page.slug for page in BURMESE.pages if not re.search(r"[\u1000-\u109f]", page.intro.text)]
        assert mixed == []

    def test_what_is_bold_is_a_word_of_the_site(self):
        """Of pages that the site has already: whoever reads the manual finds the button that it names."""
        here = {HELP_FOR[route][0] for route in routes() if route in HELP_FOR}
        awaited = {slug for slug, _anchor in HELP_FOR.values()} - here
        sources = [path for app in ("clinics", "patients", "scheduling") for path in (CODE / app).rglob("*.py")]
        written = "".join(path.read_text() for path in [*sources, *(CODE / "templates").rglob("*.*")])
        for file in sorted((FOLDER / "en").glob("*.md")):
            if file.stem[3:] not in awaited:
                words = [word for bold in BOLD.findall(file.read_text()) for word in bold.split(THEN)]
                unknown = [word for word in words if word not in written and word[0].lower() + word[1:] not in written]
                assert unknown == [], file.name

    @pytest.mark.parametrize("what", ["<li>", "<kbd>", "<tr>", "<ol>", "<img", "<a "])
    def test_in_burmese_nothing_is_left_out(self, what):
        counted = [{page.slug: html_of_page(page).count(what) for page in book.pages} for book in (ENGLISH, BURMESE)]
        assert counted[0] == counted[1]

    def test_every_refusal_is_explained(self):
        said = " ".join(section.text for section in ENGLISH.page("when-it-says-no").sections)
        left_out = {
            code for code, (words, _field) in REFUSALS.items() if str(words).partition(": ")[0].strip(".") not in said
        }
        assert left_out == set(EXPLAINED_TOGETHER)
        assert [words for words in EXPLAINED_TOGETHER.values() if words not in said] == []

    def test_the_table_of_the_life_is_the_one_that_rules(self):
        said = {section.anchor: section.html for section in ENGLISH.page("how-it-works").sections}
        rows = re.findall(
            r"<td>(.*?)</td>\n<td>(.*?)</td>", re.sub("</?strong>", "", said["the-life-of-an-appointment"])
        )
        told = {start: ends.partition(", if")[0] for start, ends in rows}
        assert told == {
            str(status.label): ", ".join(str(each.label) for each in after) or "nothing"
            for status, after in TRANSITIONS.items()
        }


EXPLAINED_TOGETHER = {
    "clinic_not_found": "There is no such practitioner, clinic, or type of appointment.",
    "appointment_type_not_found": "There is no such practitioner, clinic, or type of appointment.",
    "encounter_not_found": "There is no such appointment, or no such encounter.",
}


class TestReading:
    def test_an_anchor_is_github_s(self):
        assert slugify("What is sent, and when") == "what-is-sent-and-when"

    def test_a_language_without_a_manual_reads_english(self):
        assert (manual("fr").language, manual("my-mm").language) == ("en", "my")

    def test_folding_keeps_the_length(self):
        said = "Café ÅNGSTRÖM ၁၂၃ ဆေးခန်း İ"
        assert fold(said)[:17] == "cafe angstrom 123"
        assert len(fold(said)) == len(said)

    def test_a_snippet_is_cut_at_words_and_escaped(self):
        text = "before " * 30 + "5 < 6 & Undo this" + " after" * 40
        cut = snippet(text, ["undo"])
        assert cut.startswith("… before")
        assert "5 &lt; 6 &amp; <mark>Undo</mark> this after" in cut
        assert cut.endswith("after …")


class TestSearch:
    def test_titles_come_first(self):
        assert ENGLISH.search("cancel it")[0].url == "/help/changing-a-booking/#cancel-it"

    def test_every_word_must_be_there_whatever_its_case_or_accents(self):
        plain = [hit.url for hit in ENGLISH.search("undo minutes")]
        assert plain
        assert [hit.url for hit in ENGLISH.search(" MINUTES  Ündo ")] == plain
        assert ENGLISH.search("undo zebra") == []

    def test_nothing_is_found_for_nothing(self):
        assert ENGLISH.search(" … ") == []

    def test_burmese_is_found_without_spaces(self):
        word = "ရက်ချိန်း"
        assert word in BURMESE.search(word)[0].snippet + BURMESE.search(word)[0].section.title

    def test_either_kind_of_digits(self):
        assert [hit.url for hit in ENGLISH.search("၃၆၆")] == [hit.url for hit in ENGLISH.search("366")] != []


class TestWhereOneIs:
    def test_every_route_has_its_help_or_needs_none(self):
        names = {route for route in routes() if not route.startswith("admin:")}
        assert names - HELP_FOR.keys() - WITHOUT_HELP == set()
        assert HELP_FOR.keys() & WITHOUT_HELP == set()

    @LANGUAGES
    @pytest.mark.parametrize("table", [HELP_FOR, FOR_PRACTITIONERS])
    def test_what_it_names_is_there(self, book, table):
        missing = [(slug, anchor) for slug, anchor in table.values() if anchor not in ["", *anchors(book.page(slug))]]
        assert missing == []


@pytest.mark.django_db
class TestThePages:
    @LANGUAGES
    def test_each_is_shown(self, clinic_day, book):
        desk = signed_in(clinic_day.organization)
        for page in book.pages:
            answer = desk.get(page.url, headers={"Accept-Language": book.language})
            assertContains(answer, f'<h1 tabindex="-1">{page.title}</h1>'.replace("'", "&#x27;"))
            assertContains(answer, 'aria-current="page"', count=1)
            for anchor in anchors(page):
                assertContains(answer, f'<h2 id="{anchor}">', count=1)

    @LANGUAGES
    def test_the_index_and_the_whole_name_every_page(self, desk, book):
        for address in ("help", "help_all"):
            answer = desk.get(reverse(address), headers={"Accept-Language": book.language})
            for page in book.pages:
                assertContains(answer, page.title.replace("'", "&#x27;"))

    def test_in_burmese_it_says_who_wrote_it(self, desk):
        with translation.override("my"):
            assertContains(desk.get("/help/", headers={"Accept-Language": "my"}), '<p class="note">')
        assertNotContains(desk.get("/help/"), '<p class="note">')

    def test_what_is_found(self, desk):
        answer = desk.get("/help/", {"q": "undo <b>"})
        assertContains(answer, "0 sections say")
        assertNotContains(answer, '<b>"')
        answer = desk.get("/help/", {"q": "Undo"})
        assertContains(answer, "<mark>Undo</mark>")
        assertContains(answer, 'href="/help/changing-a-booking/#take-a-step-back"')

    @pytest.mark.parametrize("said", ["09 250 088 870", "၇.၃.၁၉၈၅", "MR-000115"])
    def test_a_patient_s_number_is_not_repeated(self, desk, said):
        answer = desk.get("/help/", {"q": said})
        assertContains(answer, "Numbers with four or more digits are not looked for")
        assertContains(answer, "The manual knows no patients")
        assertNotContains(answer, said)

    def test_it_asks_for_no_more_than_who_asks(self, desk, django_assert_num_queries):
        desk.get("/help/")
        with django_assert_num_queries(3):
            desk.get("/help/booking/")

    @pytest.mark.parametrize("is_superuser", [True, False])
    def test_also_for_whoever_is_in_no_organization(self, is_superuser):
        browser = Client()
        browser.force_login(UserFactory(is_superuser=is_superuser), backend="clinics.authentication.MemberBackend")
        assertContains(browser.get("/help/booking/"), '<h1 tabindex="-1">Booking</h1>')
        assertNotContains(browser.get("/help/"), 'class="nav"')


@pytest.mark.django_db
class TestHelpForAPage:
    def test_without_javascript_it_leads_to_the_section(self, desk):
        assertRedirects(desk.get("/help/for/appointment_cancel/"), "/help/changing-a-booking/#cancel-it")
        assertRedirects(desk.get("/help/for/help/"), "/help/")

    def test_a_practitioner_s_day_is_another_page(self, clinic_day):
        doctor = signed_in(clinic_day.organization, Role.PRACTITIONER)
        assertRedirects(doctor.get("/help/for/day/"), "/help/today/")

    def test_for_the_dialog_it_is_a_part(self, desk):
        answer = desk.get("/help/for/appointment_cancel/", headers={"HX-Request": "true"})
        assertNotContains(answer, "<html")
        assertContains(answer, "<details open><summary>Cancel it</summary>", count=1)
        assertContains(answer, " open>", count=1)

    def test_where_nothing_is_said_it_leads_to_the_manual(self, desk):
        assertContains(desk.get("/help/for/nowhere/", headers={"HX-Request": "true"}), 'href="/help/"')

    def test_the_administration_links_to_how_a_clinic_is_set_up(self, clinic_day):
        admin = signed_in(clinic_day.organization, Role.ADMINISTRATOR)
        assertContains(admin.get("/admin/"), 'href="/help/setting-up/"')

    def test_every_page_links_to_its_help(self, desk):
        assertContains(desk.get("/upcoming/"), 'class="icon help" href="/help/for/upcoming/"')
        assertContains(desk.get("/upcoming/"), 'hx-get="/help/for/upcoming/"')
