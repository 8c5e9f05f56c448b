"""What the demo clinic is made of: tables, read by the command `seed_demo`."""

from datetime import time
from typing import NamedTuple

ORGANIZATION = "Yankin Health"
PASSWORD = "mingalaba demo"  # noqa: S105 printed for whoever tries the demo
PATIENTS = 200
SEED = 1948

CLINICS = {
    "Yankin Clinic": "12 Yankin Road, Yankin, Yangon",
    "Mandalay Clinic": "78th Street, Chanayethazan, Mandalay",
}

TYPES = [
    # code, name, minutes (None: as long as the slot), encounter, default
    ("follow-up", "Follow-up", None, "outpatient", True),
    ("new-patient", "New patient", 40, "outpatient", False),
    ("procedure", "Procedure", 60, "procedure", False),
    ("vaccination", "Vaccination", 15, "outpatient", False),
]


class Hours(NamedTuple):
    """Sessions of one practitioner at one clinic."""

    clinic: str
    weekdays: str  # digits, 0 = Monday
    sessions: tuple[tuple[time, time], ...]
    slot_minutes: int
    capacity: int = 1


MORNING, AFTERNOON = (time(8), time(12)), (time(13), time(17))
EVENING = (time(17), time(20))

PRACTITIONERS: dict[str, tuple[str, tuple[Hours, ...]]] = {
    "Dr Aye Chan": ("General practice", (Hours("Yankin Clinic", "01234", (MORNING, AFTERNOON), 20),)),
    "Dr Thida Win": (
        "Family medicine",
        (
            Hours("Yankin Clinic", "0124", (MORNING, AFTERNOON), 20),
            Hours("Mandalay Clinic", "5", ((time(9), time(15)),), 20),
        ),
    ),
    "Dr Min Thu": ("General practice", (Hours("Mandalay Clinic", "0123456", (MORNING, EVENING), 30),)),
    "Dr Sarah Okafor": ("Paediatrics", (Hours("Yankin Clinic", "01235", ((time(9), time(12)), AFTERNOON), 15),)),
    "Su Su Hlaing": ("Nursing", (Hours("Yankin Clinic", "0123456", (MORNING, AFTERNOON), 15),)),
    "Ei Phyu": (
        "Physiotherapy",
        (
            Hours("Yankin Clinic", "024", ((time(10), time(12)),), 60, 8),
            Hours("Yankin Clinic", "01234", (AFTERNOON,), 30),
        ),
    ),
}

LOGINS = {
    # e-mail: name, role (None: superuser), practitioner
    "desk@yankin.example": ("Thiri Soe", "front_desk", None),
    "doctor@yankin.example": ("Dr Aye Chan", "practitioner", "Dr Aye Chan"),
    "admin@yankin.example": ("Daw Khin Sandar", "administrator", None),
    "operator@yankin.example": ("Operator", None, None),
}

HONORIFICS = ("U", "Daw", "Ko", "Ma", "Mg", "")
NAMES = (
    *("Aung", "Aye", "Chit", "Ei", "Hla", "Hnin", "Htet", "Khin", "Kyaw", "Lin", "Maung", "Min", "Moe", "Mya", "Myat"),
    *(
        "Myint",
        "Nanda",
        "Nilar",
        "Nwe",
        "Nyein",
        "Ohn",
        "Phyo",
        "Phyu",
        "Pyae",
        "San",
        "Sandar",
        "Soe",
        "Su",
        "Thandar",
    ),
    *("Thant", "Than", "Thein", "Thiri", "Thu", "Tin", "Wai", "Win", "Yadanar", "Yamin", "Zaw", "Zin"),
)
BURMESE_HONORIFICS = ("ဦး", "ဒေါ်", "ကို", "မ", "မောင်")
BURMESE_NAMES = (
    *("အောင်", "အေး", "ချစ်", "လှ", "နှင်း", "ထက်", "ခင်", "ကျော်", "လင်း", "မင်း", "မိုး", "မြ", "မြတ်", "မြင့်", "နီလာ"),
    *("ငြိမ်း", "ဖြို", "ဖြူ", "စန်း", "စန္ဒာ", "စိုး", "စု", "သန္တာ", "သန့်", "သိန်း", "သီရိ", "သူ", "တင်", "ဝေ", "ဝင်း", "ဇော်", "ဇင်"),
)
NOTES = (
    "",
    "",
    "",
    "Hard of hearing, sit on the left.",
    "Bring the chest film from last month.",
    "Asks for a morning, comes by bus from Bago.",
)
