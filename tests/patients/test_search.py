"""Which patients a query finds."""

from datetime import date

import pytest

from patients.models import Patient
from patients.search import find_patients
from tests.factories import OrganizationFactory, PatientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def khin():
    return PatientFactory(
        name="Daw Khin Myat Noe", phone="+959250088870", record_number="MR-004182", birth_date=date(1971, 3, 4)
    )


@pytest.mark.parametrize(
    "query",
    [
        "khin",
        "noe daw",
        "MYAT  khin",
        "8870",
        "၈၈၇၀",
        "09 250 088 870",
        "09250088870",
        "+95 9 250 088 870",
        "4182",
        "mr-004182",
        "1971-03-04",
        "khin 8870",
        "Khin 1971-03-04",
    ],
)
def test_she_is_found_by(khin, query):
    assert find_patients(khin.organization, query) == [khin]


@pytest.mark.parametrize("query", ["", "   ", "khin zaw", "8871", "%", "_", "1971-03-05", "1971-13-04", "khin 9999"])
def test_she_is_not_found_by(khin, query):
    assert find_patients(khin.organization, query) == []


@pytest.mark.usefixtures("khin")
def test_nobody_of_another_organization():
    assert find_patients(OrganizationFactory(), "khin") == []


def test_nobody_who_is_no_longer_active(khin):
    Patient.objects.update(is_active=False)
    assert find_patients(khin.organization, "khin") == []


def test_names_that_begin_so_come_first_then_by_name(khin):
    organization = khin.organization
    zaw, aye = (PatientFactory(organization=organization, name=name) for name in ("Khin Zaw", "Khin Aye"))
    assert find_patients(organization, "khin") == [aye, zaw, khin]


def test_no_more_than_ten():
    organization = OrganizationFactory()
    PatientFactory.create_batch(12, organization=organization, name="Khin")
    assert len(find_patients(organization, "khin")) == 10


@pytest.mark.parametrize(
    "query",
    [
        "Khin Myat",
        "Ma Khin Myat Noe",
        "ဒေါ် khin",
        "noe myat khin",
        "kin myat noe",
        "khin myit noe",
        "KHÎN",
        "870",
        "၀၉ ၂၅၀ ၀၈၈ ၈၇၀",
        "(09) 250-088-870",
        "0095 9 250 088 870",
        "\u202a09250088870\u202c",
        "MR4182",
        "mr 4182",
        "MR ၄၁၈၂",
        "mr-၀၀၄၁၈၂",
        "MR-004182",
        "004182",
        "၄၁၈၂",
        "4.3.1971",
        "4/3/1971",
        "04-03-1971",
        "1971/3/4",
        "4 March 1971",
        "4 mar 1971",
        "4th mar. 1971",
        "၄.၃.၁၉၇၁",
        "၄ မတ် ၁၉၇၁",
        "khin 88 870",
        "8870 4182",
        "870 khin 4.3.1971",
        "Daw 8870",
        "U 4.3.1971",
        "k%myat",
        "khin\\",
        "| daw",
        "myat (4.3.1971)",
        "1971",
        "၁၉၇၁",
        "khin 1971",
        "4.3.71",
        "၄/၃/၇၁",
        "4 mar 71",
        "khinmyatnoe",
        "Daw KhinMyat Noe",
        "khin myatn",
        "khi nmyat",
        "ဝ၉၂၅ဝဝ၈၈၈၇ဝ",
        "ဒေါ်၈၈၇၀",
        "kihn",
        "knin noe",
    ],
)
def test_she_is_also_found_by(khin, query):
    assert find_patients(khin.organization, query) == [khin]


@pytest.mark.parametrize(
    "query",
    [
        "70",
        "82",
        "mr-82",
        "3.4.1971",
        "31.2.1971",
        "zaw 8870",
        "khin zaw 4.3.1971",
        "14.3.19711",
        "1972",
        "3.4.71",
        "myatnoe",
        "khin zaw myat aye",
        "khan moe zaw",
        "4 xyz 1971",
        "in",
        "ခင်မြတ်နိုး",
    ],
)
def test_nor_is_she_found_by(khin, query):
    assert find_patients(khin.organization, query) == []


def test_a_whole_record_number_may_be_short():
    patient = PatientFactory(record_number="MR-000012", name="Khin")
    PatientFactory(record_number="MR-000112", name="Khin", organization=patient.organization)
    assert find_patients(patient.organization, "12") == [patient]


def test_a_whole_record_number_comes_before_the_end_of_another():
    other = PatientFactory(record_number="MR-104182", name="Aye")
    patient = PatientFactory(record_number="MR-004182", name="Zaw", organization=other.organization)
    assert find_patients(patient.organization, "4182") == [patient, other]


def test_the_end_of_a_number_comes_before_a_birth_year():
    born = PatientFactory(name="Aye", birth_date=date(1971, 3, 4))
    phone = PatientFactory(name="Zaw", phone="+959250081971", organization=born.organization)
    assert find_patients(born.organization, "1971") == [phone, born]


def test_a_digit_may_be_a_word_of_the_name():
    patient = PatientFactory(name="Patient 7")
    assert find_patients(patient.organization, "patient 7") == [patient]


def people(*names):
    organization = OrganizationFactory()
    for name in names:
        PatientFactory(organization=organization, name=name)
    return organization


def names(organization, query):
    return [patient.name for patient in find_patients(organization, query)]


def test_the_whole_name_then_all_words_then_their_beginnings_then_a_part_then_what_is_similar():
    ranked = ["Khin Mya", "Khin Myat", "Aye Khin Mya", "Mya Khin", "Aye Khin Myat", "Su Khinmya", "Khim Mya"]
    assert names(people(*sorted(ranked)), "khin mya") == ranked


def test_a_title_decides_only_between_equals():
    organization = people("Daw Hla Hla", "U Hla Hla", "Hla Hla")
    assert names(organization, "u hla hla") == ["U Hla Hla", "Daw Hla Hla", "Hla Hla"]


def test_a_name_in_one_word_comes_first_where_it_is_written_so():
    assert names(people("Khin Mya Aye", "Khinmya", "Aye Khinmya"), "khinmya") == [
        "Khinmya",
        "Aye Khinmya",
        "Khin Mya Aye",
    ]


def test_a_name_in_several_words_is_found_where_it_is_written_in_one():
    assert names(people("Khinmya", "Khin Zaw"), "khin mya") == ["Khinmya"]


@pytest.mark.parametrize("query", ["mg mg", "maung maung", "Mg Maung", "maung mg"])
def test_mg_is_maung(query):
    assert names(people("Mg Mg", "Ko Maung Maung", "Aung Mg Soe", "Aye"), query) == [
        *("Ko Maung Maung", "Mg Mg", "Aung Mg Soe")
    ]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("kin", "Khin"),  # a letter left out
        ("khinn", "Khin"),  # one too many
        ("xhin", "Khin"),  # one for another
        ("ang kyow", "Aung Kyaw"),  # in every word
        ("kihn", "Khin"),  # two swapped
        ("winthandarr", "Wintthandar"),  # one of every four
    ],
)
def test_a_word_may_be_misspelt(query, name):
    assert names(people(name, "Zeya Hlaing"), query) == [name]


def test_of_misspelt_words_the_more_similar_come_first():
    assert names(people("Lin", "Khin"), "kin") == ["Khin", "Lin"]


def test_a_misspelt_name_comes_first_where_it_is_whole_and_in_this_order():
    ranked = ["Khin Mya", "Mya Khin", "Aye Khin Mya", "Khin Mya Zaw"]
    assert names(people(*sorted(ranked)), "kihn mya") == ranked


def test_those_born_on_a_day_come_by_name():
    organization = OrganizationFactory()
    for name in ("Zaw", "မြ", "Aye", "Mya"):
        born = date(1971, 3, 4)
        PatientFactory(organization=organization, name=name, birth_date=born, language="en" if name == "Zaw" else "my")
    assert names(organization, "4.3.1971") == ["Aye", "Mya", "Zaw", "မြ"]


def test_a_title_may_be_the_name():
    assert names(people("U Aye Ko", "U Ko Ko"), "ko ko") == ["U Ko Ko", "U Aye Ko"]


@pytest.mark.parametrize(("query", "name"), [("su", "Cu"), ("khxx", "Khin"), ("khin zaw", "Khin Noe")])
def test_but_not_become_another(query, name):
    assert names(people(name), query) == []


def test_one_word_of_three_may_be_quite_another():
    assert names(people("Khin Myat Zaw", "Khin Zaw"), "khin myat noe") == ["Khin Myat Zaw"]


def test_what_is_spelt_right_comes_before_what_is_spelt_nearly_so():
    ranked = ["Kyaw Kyaw Soe", "Aung Kyaw Soe", "Kyaw Soe Aung"]
    assert names(people(*sorted(ranked)), "kyaw kyaw soe")[0] == ranked[0]


def test_a_word_typed_twice_is_there_twice():
    assert names(people("Khin Aye", "Khin Khin"), "khin khin") == ["Khin Khin", "Khin Aye"]


def test_a_title_alone_finds_names_that_begin_so():
    assert names(people("U Hla", "Ko Hla U", "Ma Uma", "Aye"), "u") == ["U Hla", "Ko Hla U", "Ma Uma"]


# As typed, and as the name is written.
MISSPELT = [
    ("ခင်မြတနိုး", "ဒေါ်ခင်မြတ်နိုး"),  # no asat
    ("ဇော်မင်းထွန", "ဦးဇော်မင်းထွန်း"),  # neither asat nor tone
    ("ခင်မြတ်နို", "ဒေါ်ခင်မြတ်နိုး"),  # no tone mark
    ("မြင်မြင်စန်း", "ဒေါ်မြင့်မြင့်စန်း"),
    ("မြင့်မြင့်စန်", "ဒေါ်မြင့်မြင့်စန်း"),
    ("စန္ဒာဝင်", "မစန္ဒာဝင်း"),
    ("ထက်ထက်မိုဦး", "မထက်ထက်မိုးဦး"),
    ("ခင်မြတ်နိူး", "ဒေါ်ခင်မြတ်နိုး"),  # a long vowel for a short one
    ("သိတာ", "မသီတာ"),
    ("ခင်မျတ်နိုး", "ဒေါ်ခင်မြတ်နိုး"),  # a medial for the other
    ("ကြော်စွာ", "ဦးကျော်စွာ"),
    ("နင်းဝေ", "ဒေါ်နှင်းဝေ"),  # no medial
    ("ကျော်ဇွာ", "ဦးကျော်စွာ"),  # a consonant that sounds alike
    ("သီဒါ", "မသီတာ"),
    ("ဏီလာဝင်း", "မနီလာဝင်း"),
    ("စိုးသူယ", "ကိုစိုးသူရ"),
    ("ငြိန်းချမ်း", "ဦးငြိမ်းချမ်း"),  # a final that sounds alike
    ("ဖြိုးဝေယန်", "ကိုဖြိုးဝေယံ"),
    ("အောင်ကိုလက်", "မောင်အောင်ကိုလတ်"),
    ("ခင်မြစ်နိုး", "ဒေါ်ခင်မြတ်နိုး"),
]
SPELT_OTHERWISE = [
    ("နိုးမြတ်ခင်", "ဒေါ်ခင်မြတ်နိုး"),  # words in another order
    ("ခင် မြတ် နိုး", "ဒေါ်ခင်မြတ်နိုး"),  # spaces
    ("မခင်မြတ်နိုး", "ဒေါ်ခင်မြတ်နိုး"),  # another title
    ("ဒေါက်တာနှင်းဝေ", "ဒေါ်နှင်းဝေ"),
    ("သန်တာ", "မသန္တာ"),  # a stacked consonant written out
    ("နိ\u102fး", "န\u102f\u102dး"),  # signs in another order
    ("မြင\u103a\u1037", "မြင့်"),
    ("ဉီးကျော်စွာ", "ဦးကျော်စွာ"),  # a letter for the one that looks like it
    ("\u1040င်းမေ", "ဝင်းမေ"),
    ("ခင်\u200bမြတ်\u200bနိုး", "ဒေါ်ခင်မြတ်နိုး"),
]


@pytest.fixture(scope="module")
def crowd():
    return sorted({name for pairs in (MISSPELT, SPELT_OTHERWISE) for _, name in pairs})


@pytest.mark.parametrize(("query", "name"), MISSPELT + SPELT_OTHERWISE)
def test_a_burmese_name_is_found_before_all_others(crowd, query, name):
    assert names(people(*crowd), query)[0] == name


@pytest.mark.parametrize(
    "query", ["ခ", "ခင", "ခင်", "ခင်မ", "ခင်မြ", "ခင်မြတ", "ခင်မြတ်", "ခင်မြတ်န", "ခင်မြတ်နိ", "မြတ", "ဒေါ်ခင"]
)
def test_a_burmese_name_is_found_while_it_is_typed(query):
    assert names(people("ခင်မြတ်နိုး", "ကိုင်းလင်း"), query) == ["ခင်မြတ်နိုး"]


def test_a_title_may_be_the_beginning_of_a_syllable():
    assert names(people("မင်းသူ"), "မင") == ["မင်းသူ"]


@pytest.mark.parametrize(("query", "name"), MISSPELT)
def test_a_burmese_name_as_it_was_typed_comes_first(query, name):
    assert names(people(name, query), query) == [query, name]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("ခင်ဇော်", "ဒေါ်ခင်မြတ်နိုး"),
        ("ခင်ခင်ဝင်း", "ဒေါ်ခင်မြတ်နိုး"),
        ("ဝင်းဝင်း", "ဦးထွန်းထွန်း"),
        ("ခင်စိုး", "ကိုခင်ဦး"),
        ("ကျော်ဇော်", "ဦးဇော်မင်းထွန်း"),
    ],
)
def test_a_burmese_name_is_not_taken_for(query, name):
    assert names(people(name), query) == []


@pytest.mark.parametrize(
    ("query", "name"),
    [("иванв", "Иван Иванов"), ("สมชัย ใจดี", "สมชาย ใจดี"), ("小明", "王小明"), ("Müller", "Hans Muller")],
)
def test_names_in_other_scripts_are_found(query, name):
    assert names(people(name, "Daw Khin"), query) == [name]


def test_one_query_when_enough_are_found(django_assert_num_queries):
    organization = people(*["Khin"] * 10)
    with django_assert_num_queries(1):
        find_patients(organization, "khin")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_query_when_there_is_room_for_similar_names(count, django_assert_num_queries):
    organization = people(*["Khin"] * count)
    with django_assert_num_queries(1):
        find_patients(organization, "khin 8870 4.3.1971")


@pytest.mark.parametrize("count", [0, 1, 3])
def test_one_query_when_one_of_three_words_may_be_another(count, django_assert_num_queries):
    organization = people(*["Khin Myat Noe"] * count)
    with django_assert_num_queries(1):
        find_patients(organization, "khin myat noe")


@pytest.mark.usefixtures("khin")
@pytest.mark.parametrize(
    "query",
    [
        "%%%",
        "___",
        "\\",
        "'; --",
        "\0",
        "\ud800",
        "mr\ud800-12",
        "+",
        "0",
        "000",
        "00000000000",
        "|",
        "👍",
        "\u200f\u202e",
        "\u1040",
        "်",
        "99.99.9999",
        "1.1.0000",
        "a1(",
        "-1",
        "٣" * 50,
        "ﷺ" * 200,
        "x" * 10_000,
        "aung " * 2_000,
        "8" * 10_000,
        "1 " * 5_000,
        "က" * 10_000,
        "a1 " * 5_000,
    ],
)
def test_whatever_is_typed_is_answered(khin, query):
    assert find_patients(khin.organization, query) == []
