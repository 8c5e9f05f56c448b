"""Names as they are given in Myanmar, each part in Latin and in Burmese letters, and some of its neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

MAN, WOMAN = "man", "woman"
BAMAR = "Bamar"
GROWN, ELDER = {MAN: 18, WOMAN: 16}, {MAN: 42, WOMAN: 38}  # years

MEN = (
    *(("Aung", "အောင်"), ("Kyaw", "ကျော်"), ("Zaw", "ဇော်"), ("Min", "မင်း"), ("Htet", "ထက်"), ("Tun", "ထွန်း")),
    *(("Naing", "နိုင်"), ("Lin", "လင်း"), ("Thu", "သူ"), ("Zeya", "ဇေယျာ"), ("Myo", "မျိုး"), ("Thant", "သန့်")),
    *(("Hein", "ဟိန်း"), ("Phyo", "ဖြိုး"), ("Ye", "ရဲ"), ("Bo", "ဗိုလ်"), ("Than", "သန်း"), ("Maung", "မောင်")),
    *(("Khant", "ခန့်"), ("Tint", "တင့်"), ("Thein", "သိန်း"), ("Nyunt", "ညွန့်"), ("Latt", "လတ်"), ("Paing", "ပိုင်")),
    *(("Kaung", "ကောင်း"), ("Sithu", "စည်သူ"), ("Nay", "နေ")),
)
WOMEN = (
    *(("Aye", "အေး"), ("Khin", "ခင်"), ("Su", "စု"), ("Hnin", "နှင်း"), ("Ei", "အိ"), ("Phyu", "ဖြူ"), ("Mya", "မြ")),
    *(("Thandar", "သန္တာ"), ("Sandar", "စန္ဒာ"), ("Nilar", "နီလာ"), ("Nwe", "နွယ်"), ("Yamin", "ယမင်း"), ("Cho", "ချို")),
    *(("Yadanar", "ရတနာ"), ("Thiri", "သီရိ"), ("Mar", "မာ"), ("Lay", "လေး"), ("Wint", "ဝင့်"), ("Yu", "ယု")),
    *(("Htwe", "ထွေး"), ("Kyi", "ကြည်"), ("Thida", "သီတာ"), ("Pwint", "ပွင့်"), ("Ohnmar", "ဥမ္မာ"), ("Zar", "ဇာ")),
    *(("Chit", "ချစ်"), ("May", "မေ"), ("Shwe", "ရွှေ")),
)
ANYBODY = (
    *(("Win", "ဝင်း"), ("Soe", "စိုး"), ("Swe", "ဆွေ"), ("Zin", "ဇင်"), ("Oo", "ဦး"), ("Moe", "မိုး"), ("Wai", "ဝေ")),
    *(("Hlaing", "လှိုင်"), ("San", "စန်း"), ("Hla", "လှ"), ("Myat", "မြတ်"), ("Nyein", "ငြိမ်း"), ("Myint", "မြင့်")),
    *(("Tin", "တင်"), ("Pyae", "ပြည့်")),
)
HONORIFICS = {
    # young, grown, elder
    MAN: (("Mg", "မောင်"), ("Ko", "ကို"), ("U", "ဦး")),
    WOMAN: (("Ma", "မ"), ("Ma", "မ"), ("Daw", "ဒေါ်")),
}

# What a people calls its men and its women, and the names that follow; without a title, first and last names.
PEOPLES: dict[str, tuple[dict[str, str], dict[str, Sequence[str]], Sequence[str]]] = {
    "Kayin": (
        {MAN: "Saw", WOMAN: "Naw"},
        {MAN: ("Eh", "Lah", "Hser", "Ku", "Tha"), WOMAN: ("Paw", "Mu", "Wah", "K'Paw", "Hser")},
        ("Doh", "Htoo", "Say", "Wah", "Moo", "Gay", "Lay Htoo", "Ku Paw"),
    ),
    "Shan": (
        {MAN: "Sai", WOMAN: "Nang"},
        {MAN: ("Kham", "Aung", "Hseng", "Leng"), WOMAN: ("Mo", "Kham", "Hseng", "Nyo")},
        ("Leng", "Hom", "Lurn", "Noom", "Mart", "Kyaw", "Yong"),
    ),
    "Chin": (
        {MAN: "Salai", WOMAN: "Mai"},
        {MAN: ("Za", "Bawi", "Thang", "Lian"), WOMAN: ("Ngun", "Dawt", "Sui", "Par")},
        ("Hmung", "Lian", "Cung", "Iang", "Tial", "Bik"),
    ),
    "Indian": (
        {MAN: "", WOMAN: ""},
        {MAN: ("Abdul", "Mohamed", "Ramesh", "Rajan", "Yusuf"), WOMAN: ("Amina", "Lakshmi", "Fatima", "Meena", "Noor")},
        ("Karim", "Kumar", "Pillai", "Devi", "Rahman", "Nair", "Hussain"),
    ),
    "Chinese": (
        {MAN: "", WOMAN: ""},
        {MAN: ("Lim", "Tan", "Lee", "Chan"), WOMAN: ("Lim", "Tan", "Lee", "Wong")},
        ("Wei Ming", "Kyaw Seng", "Mei Ling", "Hui Min", "Ah Kyin", "Kyi Lin"),
    ),
    "European": (
        {MAN: "", WOMAN: ""},
        {MAN: ("Lars", "Thomas", "James", "Pierre"), WOMAN: ("Sophie", "Anna", "Ingrid", "Helen")},
        ("Eriksson", "Keller", "O'Connor", "Martin", "Kowalski", "Solberg", "Núñez"),
    ),
}


class Name(NamedTuple):
    text: str
    people: str
    burmese_letters: bool = False


def draw_name(random: Random, sex: str, age: int) -> Name:
    """Give a name that fits sex and age (years): one in eight of another people, a third in Burmese letters."""
    if random.random() < 1 / 8:
        people = random.choice(tuple(PEOPLES))
        titles, first, last = PEOPLES[people]
        return Name(f"{titles[sex]} {random.choice(first[sex])} {random.choice(last)}".strip(), people)
    own = MEN if sex == MAN else WOMEN
    parts = [random.choice(own), *random.sample((*own, *ANYBODY), random.choice((1, 2, 2)))]
    title = HONORIFICS[sex][(age >= GROWN[sex]) + (age >= ELDER[sex])]
    if random.random() < 1 / 3:
        return Name(title[1] + "".join(burmese for _latin, burmese in parts), BAMAR, burmese_letters=True)
    # Many give no title of their own accord.
    title_or_none = title[0] if random.random() < 0.8 else ""  # noqa: PLR2004 four in five
    return Name(" ".join([title_or_none, *(latin for latin, _burmese in parts)]).strip(), BAMAR)
