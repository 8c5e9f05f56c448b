"""Every address, asked by everybody, for what is theirs and what is not, against one written table.

A route that stands in no line fails here, by its name. Whatever is refused, nothing has been written, and no name of a
patient is in the answer.
"""

import uuid
from types import SimpleNamespace
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse

from clinics.admin import site
from clinics.models import Role, User
from scheduling.models import Appointment, PatientMerge
from scheduling.services.links import token_of
from tests.factories import (
    AppointmentFactory,
    CalendarFeedFactory,
    EncounterFactory,
    MembershipFactory,
    NotificationFactory,
    PatientFactory,
    UserFactory,
)
from tests.practice import NINE, minutes, practice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("monday")]

# Two clinics of one organization: `doctor` works `here` and has the visit `own` of the patient `nwe`; `colleague` works
# `there` and has the visit `theirs` of `thein`. A second organization is `abroad`: `outsider`, `foreign`, `zaw`.
# Requests wait in both: `asked` here, `wanted` abroad. A visit of `doctor`, `met`, is in progress, with the encounter
# `visit`; abroad there is one likewise, `abroad_visit`.
# Requests wait in both: `asked` here, `wanted` abroad. Messages failed in both: `failed` here, `lost` abroad. `told` is
# a notice of `doctor`.
# desk: at both clinics. limited: a front desk that works only `there`. admin: administrator; stranger: administrator of
# the second organization. operator: a superuser, whose row as an administrator at home gives nothing. nobody: a user
# without membership. closed: deactivated since.
# The day of `doctor` is the own one, whatever clinic or practitioner the address names: nobody else's is there.
# login: sent to the door, with the way back. Any other method is 405, or the refusal that the page gives anyway.
MATRIX = """
method route          with                      anonymous desk limited doctor admin stranger operator nobody closed

GET    healthz        -                         200       200  200     200    200   200      200      200    200
POST   healthz        -                         405       405  405     405    405   405      405      405    405

GET    login          -                         200       302  302     302    302   302      302      302    200
POST   login          -                         422       302  302     302    302   302      302      302    422
GET    logout         -                         login     405  405     405    405   405      405      405    login
POST   logout         -                         login     302  302     302    302   302      302      302    login
GET    switch         -                         login     405  405     405    405   405      405      405    login
POST   switch         -                         login     404  404     404    404   404      404      404    login
GET    keys           -                         login     405  405     405    405   405      405      405    login
POST   keys           -                         login     303  303     303    303   303      303      303    login
GET    language       -                         405       405  405     405    405   405      405      405    405
POST   language       -                         303       303  303     303    303   303      303      303    303
POST   language       language=my               303       303  303     303    303   303      303      303    303
GET    password_forgotten -                     200       200  200     200    200   200      200      200    200
POST   password_forgotten -                     422       422  422     422    422   422      422      422    422
POST   password_forgotten email=who@x.example   303       303  303     303    303   303      303      303    303
GET    password_choose uidb64=MQ,token=forged   410       410  410     410    410   410      410      410    410
POST   password_choose uidb64=MQ,token=forged   410       410  410     410    410   410      410      410    410
POST   switch         organization=home         login     303  303     303    303   404      404      404    login

GET    help           -                         login     200  200     200    200   200      200      200    login
POST   help           -                         login     405  405     405    405   405      405      405    login
GET    help_all       -                         login     200  200     200    200   200      200      200    login
POST   help_all       -                         login     405  405     405    405   405      405      405    login
GET    help_page      slug=booking              login     200  200     200    200   200      200      200    login
GET    help_page      slug=nowhere              login     404  404     404    404   404      404      404    login
POST   help_page      slug=booking              login     405  405     405    405   405      405      405    login
GET    help_for       route=day                 login     302  302     302    302   302      302      302    login
POST   help_for       route=day                 login     405  405     405    405   405      405      405    login

GET    day            -                         login     200  200     200    200   200      302      403    login
GET    day            clinic=here               login     200  404     200    200   404      302      403    login
GET    day            clinic=there              login     200  200     200    200   404      302      403    login
GET    day            clinic=abroad             login     404  404     200    404   200      302      403    login
GET    day            practitioner=doctor       login     200  404     200    200   404      302      403    login
GET    day            practitioner=colleague    login     200  200     200    200   404      302      403    login
GET    day            practitioner=outsider     login     404  404     200    404   200      302      403    login
POST   day            -                         login     405  405     405    405   405      302      403    login

GET    today          -                         login     403  403     200    403   403      403      403    login
GET    today          date=2030-01-08           login     403  403     200    403   403      403      403    login
POST   today          -                         login     403  403     405    403   403      403      403    login

GET    patient        pk=nwe                    login     200  200     200    200   404      403      403    login
GET    patient        pk=thein                  login     200  200     404    200   404      403      403    login
GET    patient        pk=zaw                    login     404  404     404    404   200      403      403    login
POST   patient        pk=nwe                    login     405  405     405    405   405      403      403    login

GET    duplicates     -                         login     200  403     403    200   200      403      403    login
POST   duplicates     -                         login     405  403     403    405   405      403      403    login
GET    same_as        pk=nwe                    login     200  403     403    200   404      403      403    login
POST   same_as        pk=nwe                    login     200  403     403    200   404      403      403    login
GET    same_as        pk=zaw                    login     404  403     403    404   200      403      403    login
GET    merge          pk=nwe,other=thein        login     200  403     403    200   404      403      403    login
GET    merge          pk=nwe,other=zaw          login     404  403     403    404   404      403      403    login
POST   merge          pk=nwe,other=thein        login     409  403     403    409   404      403      403    login
POST   merge          pk=nwe,other=zaw          login     404  403     403    404   404      403      403    login
GET    tell_apart     pk=nwe,other=thein        login     405  403     403    405   405      403      403    login
POST   tell_apart     pk=nwe,other=thein        login     303  403     403    303   404      403      403    login
POST   tell_apart     pk=nwe,other=zaw          login     404  403     403    404   404      403      403    login
GET    merge_undo     pk=nwe                    login     405  403     403    405   405      403      403    login
POST   merge_undo     pk=merge                  login     303  403     403    303   404      403      403    login

GET    upcoming       -                         login     200  200     200    200   200      403      403    login
GET    upcoming       clinic=here               login     200  404     200    200   404      403      403    login
GET    upcoming       practitioner=colleague    login     200  200     404    200   404      403      403    login
GET    upcoming       patient=zaw               login     404  404     404    404   200      403      403    login
POST   upcoming       -                         login     405  405     405    405   405      403      403    login

GET    availability   -                         login     200  200     403    200   200      403      403    login
GET    availability   clinic=here               login     200  404     403    200   404      403      403    login
GET    availability   clinic=abroad             login     404  404     403    404   200      403      403    login
POST   availability   -                         login     405  405     403    405   405      403      403    login

GET    appointment    pk=own                    login     200  404     200    200   404      403      403    login
GET    appointment    pk=theirs                 login     200  200     404    200   404      403      403    login
GET    appointment    pk=foreign                login     404  404     404    404   200      403      403    login
POST   appointment    pk=own                    login     405  405     405    405   405      403      403    login

GET    appointment_step pk=own                  login     405  405     405    405   405      403      403    login
POST   appointment_step pk=own                  login     422  404     422    422   404      403      403    login
POST   appointment_step pk=own,status=arrived,seen     login 303 404 403 303 404 403 403 login
POST   appointment_step pk=own,status=in-progress,seen login 403 404 409 409 404 403 403 login
POST   appointment_step pk=met,status=completed,seen   login 403 404 303 303 404 403 403 login
POST   appointment_step pk=foreign,status=arrived,seen login 404 404 404 404 303 403 403 login

GET    appointment_undo pk=own                  login     405  405     403    405   405      403      403    login
POST   appointment_undo pk=own                  login     422  404     403    422   404      403      403    login
POST   appointment_undo pk=own,seen                    login 409 404 403 409 404 403 403 login

GET    appointment_cancel pk=own                login     200  404     403    200   404      403      403    login
POST   appointment_cancel pk=own                login     422  404     403    422   404      403      403    login
POST   appointment_cancel pk=own,seen,duplicate     login 303 404 403 303 404 403 403 login
POST   appointment_cancel pk=foreign,seen,duplicate login 404 404 403 404 303 403 403 login

GET    appointment_move pk=own                  login     200  404     403    200   404      403      403    login
GET    appointment_move pk=own,clinic=abroad    login     404  404     403    404   404      403      403    login
POST   appointment_move pk=own                  login     422  404     403    422   404      403      403    login
POST   appointment_move pk=own,seen,half-past,practitioner=doctor,clinic=here    login 303 404 403 303 404 403 403 login
POST   appointment_move pk=own,seen,half-past,practitioner=outsider,clinic=here  login 422 404 403 422 404 403 403 login

GET    appointment_edit pk=own                  login     200  404     403    200   404      403      403    login
POST   appointment_edit pk=own                  login     422  404     403    422   404      403      403    login
POST   appointment_edit pk=own,seen,notes=Deaf         login 303 404 403 303 404 403 403 login

GET    encounter      pk=visit                  login     200  404     200    200   404      403      403    login
GET    encounter      pk=abroad_visit           login     404  404     404    404   200      403      403    login
POST   encounter      pk=visit                  login     405  405     405    405   405      403      403    login
GET    encounter_open pk=own                    login     403  403     405    405   405      403      403    login
POST   encounter_open pk=own                    login     403  403     409    409   404      403      403    login
GET    encounter_finalize pk=visit              login     403  403     405    405   405      403      403    login
POST   encounter_finalize pk=visit              login     403  403     303    303   404      403      403    login
POST   encounter_finalize pk=abroad_visit       login     403  403     404    404   303      403      403    login

GET    book           -                         login     200  200     403    200   200      403      403    login
GET    book           clinic=here               login     200  404     403    200   404      403      403    login
GET    book           clinic=abroad             login     404  404     403    404   200      403      403    login
GET    book           practitioner=outsider     login     404  404     403    404   200      403      403    login
GET    book           patient=nwe               login     200  200     403    200   404      403      403    login
GET    book           patient=zaw               login     404  404     403    404   200      403      403    login
POST   book           -                         login     422  422     403    422   422      403      403    login
POST   book           nwe,doctor,here           login     303  422     403    303   422      403      403    login
POST   book           nwe,colleague,there       login     303  303     403    303   422      403      403    login
POST   book           zaw,doctor,here           login     422  422     403    422   422      403      403    login
POST   book           nwe,outsider,here         login     422  422     403    422   422      403      403    login
POST   book           nwe,doctor,abroad         login     422  422     403    422   422      403      403    login
POST   book           zaw,outsider,abroad       login     422  422     403    422   303      403      403    login

GET    patient_search -                         login     405  405     403    405   405      403      403    login
POST   patient_search q=Daw                     login     303  303     403    303   200      403      403    login
POST   patient_search q=Ko                      login     200  200     403    200   303      403      403    login
GET    patient_new    -                         login     405  405     403    405   405      403      403    login
POST   patient_new    -                         login     422  422     403    422   422      403      403    login
POST   patient_new    new-name=Su               login     303  303     403    303   303      403      403    login
POST   patient_new    new-name=Su,clinic=abroad login     422  422     403    422   303      403      403    login

GET    patient_link   token=own                 200       200  200     200    200   200      200      200    200
GET    patient_link   token=forged              404       404  404     404    404   404      404      404    404
POST   patient_link   token=own                 422       422  422     422    422   422      422      422    422
POST   patient_link   token=own,answer=cancel   409       409  409     409    409   409      409      409    409
POST   patient_link   token=forged,answer=come  404       404  404     404    404   404      404      404    404
GET    patient_calendar token=own               200       200  200     200    200   200      200      200    200
GET    patient_calendar token=forged            404       404  404     404    404   404      404      404    404
POST   patient_calendar token=own               405       405  405     405    405   405      405      405    405

GET    follow_up      -                         login     200  200     200    200   200      403      403    login
POST   follow_up      -                         login     405  405     405    405   405      403      403    login
GET    missed         pk=own                    login     405  405     405    405   405      403      403    login
POST   missed         pk=own                    login     422  404     422    422   404      403      403    login
POST   missed         pk=own,status=arrived,seen   login 303 404  403    303   404      403      403    login
POST   missed         pk=own,status=no-show,seen   login 403 404  409    409   404      403      403    login
POST   missed         pk=theirs,status=arrived,seen login 303 303 404    303   404      403      403    login
POST   missed         pk=foreign,status=arrived,seen login 404 404 404   404   303      403      403    login

GET    keep_outside   pk=own                    login     405  405     403    405   405      403      403    login
POST   keep_outside   pk=own                    login     303  404     403    303   404      403      403    login
POST   keep_outside   pk=foreign                login     404  404     403    404   303      403      403    login
GET    takeover       - login 404 404 403 404 404 403 403 login
GET    takeover       practitioner=doctor,clinic=here,monday= login 200 404 403 200 404 403 403 login
GET    takeover       practitioner=outsider,clinic=abroad,monday= login 404 404 403 404 200 403 403 login
POST   takeover       practitioner=doctor,clinic=here,monday=,to=colleague login 303 404 403 303 404 403 403 login
POST   takeover       practitioner=doctor,clinic=here,monday= login 422 404 403 422 404 403 403 login

GET    feed           -                         login     403  403     200    403   403      403      403    login
POST   feed           do=change                 login     403  403     303    403   403      403      403    login
POST   feed           do=close                  login     403  403     303    403   403      403      403    login
POST   feed           do=anything               login     403  403     404    403   403      403      403    login
GET    feed_calendar  secret=kept               200       200  200     200    200   200      200      200    200
GET    feed_calendar  secret=guessed            404       404  404     404    404   404      404      404    404
POST   feed_calendar  secret=kept               405       405  405     405    405   405      405      405    405
GET    calls          -                         login     200  200     403    200   200      403      403    login
GET    calls          clinic=here               login     200  404     403    200   404      403      403    login
GET    calls          clinic=abroad             login     404  404     403    404   200      403      403    login
POST   calls          -                         login     405  405     403    405   405      403      403    login
GET    call           pk=own                    login     405  405     403    405   405      403      403    login
POST   call           pk=own                    login     422  404     403    422   404      403      403    login
POST   call           pk=own,outcome=comes,seen      login 303 404 403   303   404      403      403    login
POST   call           pk=own,outcome=no-answer,seen  login 409 404 403   409   404      403      403    login
POST   call           pk=theirs,outcome=cannot,seen  login 303 303 403   303   404      403      403    login
POST   call           pk=foreign,outcome=comes,seen  login 404 404 403   404   303      403      403    login

GET    no_shows       -                         login     403  403     200    200   200      403      403    login
GET    no_shows       clinic=here               login     403  403     200    200   404      403      403    login
GET    no_shows       clinic=there              login     403  403     404    200   404      403      403    login
GET    no_shows       practitioner=colleague    login     403  403     404    200   404      403      403    login
GET    no_shows       practitioner=outsider     login     403  403     404    404   200      403      403    login
POST   no_shows       -                         login     403  403     405    405   405      403      403    login

GET    notices        -                         login     200  200     200    200   200      403      403    login
POST   notices        -                         login     405  405     405    405   405      403      403    login
GET    notices_read   -                         login     405  405     405    405   405      403      403    login
POST   notices_read   -                         login     303  303     303    303   303      403      403    login
GET    notice_open    pk=told                   login     405  405     405    405   405      403      403    login
POST   notice_open    pk=told                   login     404  404     303    404   404      403      403    login
GET    notices_failed -                         login     200  200     403    200   200      403      403    login
POST   notices_failed -                         login     405  405     403    405   405      403      403    login
GET    notice_retry   pk=failed                 login     405  405     403    405   405      403      403    login
POST   notice_retry   pk=failed                 login     303  404     403    303   404      403      403    login
POST   notice_retry   pk=lost                   login     404  404     403    404   303      403      403    login

GET    requests       -                         login     200  200     403    200   200      403      403    login
POST   requests       -                         login     405  405     403    405   405      403      403    login
GET    request_answer pk=asked                  login     405  405     403    405   405      403      403    login
POST   request_answer pk=asked                  login     422  404     403    422   404      403      403    login
POST   request_answer pk=asked,confirm          login     303  404     403    303   404      403      403    login
POST   request_answer pk=wanted,confirm         login     404  404     403    404   303      403      403    login

GET    statistics     -                         login     403  403     200    200   200      403      403    login
GET    statistics     clinic=here               login     403  403     200    200   404      403      403    login
GET    statistics     clinic=there              login     403  403     404    200   404      403      403    login
GET    statistics     practitioner=doctor       login     403  403     200    200   404      403      403    login
GET    statistics     practitioner=colleague    login     403  403     404    200   404      403      403    login
GET    statistics     practitioner=outsider     login     403  403     404    404   200      403      403    login
POST   statistics     -                         login     403  403     405    405   405      403      403    login
GET    statistics_csv -                         login     403  403     200    200   200      403      403    login
GET    statistics_csv clinic=abroad             login     403  403     404    404   200      403      403    login
GET    statistics_csv practitioner=colleague    login     403  403     404    200   404      403      403    login
POST   statistics_csv -                         login     403  403     405    405   405      403      403    login
"""

HEAD, *LINES = [line.split() for line in MATRIX.strip().splitlines() if line]
PEOPLE = HEAD[3:]
NAMES = {"nwe": "Daw Nwe Ni", "thein": "U Ba Thein", "zaw": "Ko Zaw Min"}
OTHERS = {
    "desk": {"zaw"},
    "limited": {"zaw"},
    "doctor": {"thein", "zaw"},
    "admin": {"zaw"},
    "stranger": {"nwe", "thein"},
}
"""The patients whom somebody never sees; who is not named sees none. `limited` may book `nwe`, not see the visit."""


@pytest.fixture
def world():
    """Give the rows that the table names, and a browser for each of the people."""
    here = practice()
    there = practice(organization=here.organization)
    abroad = practice()
    doctor, home = UserFactory(), here.organization
    here.practitioner.user = doctor
    here.practitioner.save(update_fields=["user"])
    for each, name in ((here, "nwe"), (there, "thein"), (abroad, "zaw")):
        each.patient.name = NAMES[name]
        each.patient.save()
        visit = {"patient": each.patient, "practitioner": each.practitioner, "clinic": each.clinic}
        each.visit = AppointmentFactory(**visit)
        each.request = AppointmentFactory(**visit, appointment_date=NINE + minutes(60), status="pending")
        each.met = AppointmentFactory(**visit, appointment_date=NINE + minutes(120), status="in-progress")
        each.encounter = EncounterFactory(appointment=each.met)
    limited = MembershipFactory(organization=home)
    limited.clinics.set([there.clinic], through_defaults={"organization": home})
    users = {
        "desk": MembershipFactory(organization=home).user,
        "limited": limited.user,
        "doctor": MembershipFactory(organization=home, role=Role.PRACTITIONER, user=doctor).user,
        "admin": MembershipFactory(organization=home, role=Role.ADMINISTRATOR).user,
        "stranger": MembershipFactory(organization=abroad.organization, role=Role.ADMINISTRATOR).user,
        "operator": MembershipFactory(
            organization=home, role=Role.ADMINISTRATOR, user__is_superuser=True, user__is_staff=True
        ).user,
        "nobody": UserFactory(),
        "closed": MembershipFactory(organization=home).user,
    }
    rows = {"home": home, "asked": here.request, "wanted": abroad.request, "met": here.met}
    rows |= {"visit": here.encounter, "abroad_visit": abroad.encounter}
    rows |= {
        name: NotificationFactory(appointment=each.visit, status="failed")
        for name, each in (("failed", here), ("lost", abroad))
    }
    rows["told"] = NotificationFactory(
        appointment=here.visit, user=doctor, channel="in-app", status="sent", sent_at=NINE
    )
    CalendarFeedFactory(practitioner=here.practitioner, organization=home, secret=KEPT)
    twin = PatientFactory(organization=home, is_active=False, merged_into=here.patient)
    rows["merge"] = PatientMerge.objects.create(organization=home, kept=here.patient, merged=twin)
    for each, names in (
        (here, "here doctor nwe own"),
        (there, "there colleague thein theirs"),
        (abroad, "abroad outsider zaw foreign"),
    ):
        rows |= zip(names.split(), (each.clinic, each.practitioner, each.patient, each.visit), strict=True)
    browsers = {name: signed_in(users.get(name)) for name in PEOPLE}
    User.objects.filter(pk=users["closed"].pk).update(is_active=False)
    return SimpleNamespace(rows=rows, browsers=browsers)


def signed_in(user):
    browser = Client()
    if user:
        browser.force_login(user, backend="clinics.authentication.MemberBackend")
    return browser


def written():
    """Give a fingerprint of every row that we keep, so that one that was only edited shows too."""
    models = [model for app in ("clinics", "patients", "scheduling") for model in apps.get_app_config(app).get_models()]
    tables = [model._meta.db_table for model in models if model is not User]
    one = "SELECT '{0}', count(*), md5(string_agg(row::text, ',' ORDER BY row::text)) FROM {0} row"
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(one.format(table) for table in tables))
        return sorted(cursor.fetchall())


KEPT = "k" * 43
"""The secret of `doctor`'s calendar."""

SHORT = {
    "monday": {"date": "2030-01-07"},
    "confirm": {"status": "booked", "expected_version": 1},
    "seen": {"expected_version": 1},
    "duplicate": {"cancellation_reason": "duplicate"},
    "half-past": {"start": "2030-01-07T09:30:00+06:30"},
}


def said(world, words):
    """Read what a line sends: `name=row`, `name=text`, a word of `SHORT`, or who, with whom and where of a booking."""
    if words == "-":
        return {}
    pairs = [pair.partition("=")[::2] for pair in words.split(",")]
    if not any(value for _, value in pairs):
        pairs = list(zip(("patient", "practitioner", "clinic"), (name for name, _ in pairs), strict=True))
        pairs += [("start", "2030-01-07T09:30:00+06:30"), ("request_id", str(uuid.uuid4()))]
    given = {name: getattr(world.rows.get(value), "pk", value) for name, value in pairs}
    if given.get("token") not in {None, "forged"}:
        given["token"] = token_of(Appointment(pk=given["token"]))
    if given.get("secret") == "kept":
        given["secret"] = KEPT
    for word in SHORT.keys() & given.keys():
        given |= SHORT[word]
    return given


def ask(browser, method, route, given):
    """Give the answer, and whether something was written; then undo it."""
    address = {
        name: given.pop(name) for name in ("pk", "other", "token", "secret", "slug", "route", "uidb64") if name in given
    }
    with transaction.atomic():
        before = written()
        answer = browser.generic(method, reverse(route, kwargs=address), **sent(method, given))
        changed = written() != before
        transaction.set_rollback(True)
    return answer, changed


def sent(method, given):
    if method == "GET":
        return {"query_params": given}
    return {"data": urlencode(given), "content_type": "application/x-www-form-urlencoded"}


def cell(answer):
    """Write an answer as the table does."""
    if answer.status_code == 302 and answer["Location"].startswith("/login/?next="):
        return "login"
    return str(answer.status_code)


def leaks(answer, person):
    """Give the names in the answer that the person must not read; where it refuses, every name."""
    unknown = NAMES if answer.status_code in {403, 404, 405} else OTHERS.get(person, NAMES)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return {name for name in unknown if NAMES[name].encode() in body}


@pytest.mark.parametrize("line", LINES, ids=[" ".join(line[:3]) for line in LINES])
def test_each_gets_what_the_table_says(world, line):
    method, route, words, *expected = line
    answers = {}
    for person, browser in world.browsers.items():
        answer, changed = ask(browser, method, route, said(world, words))
        answers[person] = cell(answer)
        assert not (changed and answers[person] != "303"), f"{person} was refused, and something was written"
        assert leaks(answer, person) == set(), person
    assert answers == dict(zip(PEOPLE, expected, strict=True))


@pytest.mark.parametrize("route", sorted({line[1] for line in LINES}))
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_does_anything(world, method, route):
    words = next(line[2] for line in LINES if line[1] == route)
    in_address = ("pk=", "token=", "secret=", "slug=", "route=", "uidb64=")
    given = said(world, words) if words.startswith(in_address) else {}
    for place, (person, browser) in enumerate(world.browsers.items(), start=3):
        refusals = {line[place] for line in LINES if line[1] == route}
        expected = next(iter(refusals)) if refusals in ({"login"}, {"403"}, {"302"}) else "405"
        answer, changed = ask(browser, method, route, dict(given))
        assert (cell(answer), changed, leaks(answer, person)) == (expected, False, set()), person


def test_each_sees_own_visits_and_no_others(world):
    """Of what a page may show, it does show what is theirs: the table would pass on empty pages."""
    seen = {}
    for person, clinic in (("desk", "here"), ("limited", "there"), ("doctor", "here"), ("stranger", "abroad")):
        page = world.browsers[person].get("/", {"clinic": world.rows[clinic].pk}).content.decode()
        seen[person] = {name for name, written in NAMES.items() if written in page}
    assert seen == {"desk": {"nwe"}, "limited": {"thein"}, "doctor": {"nwe"}, "stranger": {"zaw"}}


def routes(resolver=None, namespace=""):
    """Give the name of every route, with its namespace; one without a name is given by its pattern."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name or pattern.pattern}"


def test_every_route_stands_in_the_table():
    assert {route for route in routes() if not route.startswith("admin:")} == {line[1] for line in LINES}


ENTERS = {"operator", "admin", "stranger"}
"""Who enters Django admin."""

WITHOUT_PATIENTS = {"operator"}
"""Who enters it, but is refused every model below."""

OF_PATIENTS = {"patient", "appointment", "encounter", "notification", "activityevent", "exportfile", "importfile"}

ADMIN_DOORS = {"admin:login", "admin:logout", "admin:jsi18n"}
"""What the administration opens to whoever is signed in, or to everybody."""

OF_ONE_ROW = (
    *("_change", "_history", "_delete", "_standing", "_new_hours", "_download"),
    *("importfile_columns", "importfile_look", "importfile_run", "importfile_stop", "importfile_refused"),
)
"""How the names of the addresses end that are about one row."""

TAKES_EVEN_NOTHING = {"admin:scheduling_exportfile_ask"}
"""What an administrator's empty form is enough for; its own tests say what it writes."""


def admin_addresses():
    """Give every address of Django admin: name, model, path; of each model with its first row, or none there."""
    for name in sorted(set(routes())):
        if not name.startswith("admin:") or name in ADMIN_DOORS or not name.removeprefix("admin:").isidentifier():
            continue
        model = next((each for each in site._registry if f"_{each._meta.model_name}_" in name), None)
        row = model and (model.objects.order_by("pk").first() or SimpleNamespace(pk=0))
        yield name, model and model._meta.model_name, admin_path(name, row)


def admin_path(name, row):
    app = next(iter(site._registry))._meta.app_label
    fixed = {
        "admin:app_list": {"app_label": app},
        "admin:view_on_site": {"content_type_id": 1, "object_id": 1},
        "admin:scheduling_importfile_template": {"kind": "patients"},
    }
    if name in fixed:
        return reverse(name, kwargs=fixed[name])
    one_row = row and name.endswith(OF_ONE_ROW)
    return reverse(name, args=[row.pk] if one_row else [])


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("method", ["get", "post"])
def test_django_admin_is_for_those_who_administer(world, method, person):
    """Of what each model shows to whom, tell the admin's own tests."""
    before = written()
    for name, model, path in admin_addresses():
        if method == "post" and person in ENTERS - WITHOUT_PATIENTS and name in TAKES_EVEN_NOTHING:
            continue
        answer = getattr(world.browsers[person], method)(path, follow=True)
        places = [place for place, _status in answer.redirect_chain]
        if person in {"anonymous", "closed"}:
            assert places[-1].startswith(f"/login/?next={path}"), name
        elif person not in ENTERS or (person in WITHOUT_PATIENTS and model in OF_PATIENTS):
            assert answer.status_code == 403, name
        else:
            assert answer.status_code in {200, 302, 400, 403, 404, 405, 422}, name
        assert leaks(answer, person) == set(), name
    assert written() == before
