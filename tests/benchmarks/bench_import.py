"""How long the past of a large clinic takes to come in: `make bench-import`.

60,000 patients and 110,000 appointments, by the commands that an operator uses, each in a process of its own; then the
same files again, and once with a kill in the middle. In a database of its own, which is dropped at the end.
"""

import csv
import os
import resource
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import urlsplit

import pytest
from django.db import connection

from patients.models import Patient
from scheduling.models import Appointment, ImportFile
from tests.benchmarks.bench_search import draw_patient
from tests.factories import ClinicAssignmentFactory, ClinicFactory, OrganizationFactory, PractitionerFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("house")]

PATIENTS, APPOINTMENTS = 60_000, 110_000
PRACTITIONERS, YEARS = 25, 6
STATUSES = ("completed",) * 16 + ("no-show", "cancelled", "cancelled", "booked")


@pytest.fixture
def house():
    organization = OrganizationFactory(name="Yankin Health")
    clinic = ClinicFactory(organization=organization, name="Yankin Clinic")
    for number in range(PRACTITIONERS):
        practitioner = PractitionerFactory(organization=organization, name=f"Dr {number}")
        ClinicAssignmentFactory(practitioner=practitioner, clinic=clinic)
    return organization


@pytest.fixture
def files(tmp_path):
    random = Random(11)  # noqa: S311 names, not secrets
    patients, appointments = tmp_path / "patients.csv", tmp_path / "appointments.csv"
    with patients.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["MRN", "Name", "DOB", "Phone"])
        for number in range(1, PATIENTS + 1):
            name, phone, born = draw_patient(random, number)
            rows.writerow([f"OLD-{number:06}", name, f"{born:%d/%m/%Y}", phone])
    with appointments.open("w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["MRN", "Doctor", "Clinic", "Date", "Minutes", "Status", "Cancel reason", "Notes"])
        first = datetime(datetime.now(UTC).year - YEARS, 1, 1, 9)  # noqa: DTZ001 the clinic's clock, as files have it
        for number in range(APPOINTMENTS):
            start = first + timedelta(days=number // 80 * 1, minutes=15 * (number % 80 // 3))
            status = random.choice(STATUSES)
            reason = "patient_request" if status == "cancelled" else ""
            who, patient = f"Dr {number % PRACTITIONERS}", f"OLD-{random.randrange(1, PATIENTS + 1):06}"
            rows.writerow([patient, who, "Yankin Clinic", f"{start:%d/%m/%Y %H:%M}", 15, status, reason, ""])
    return {"patients": patients, "appointments": appointments}


def command(kind, file, *, kill_after=None):
    """Import a file in a process of its own; give the seconds, its peak of memory in MB and what it said last."""
    here = urlsplit(os.environ["DATABASE_URL"])
    url = here._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    environment = {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings.test"}
    begun = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 our own command
        [sys.executable, "manage.py", f"import_{kind}", str(file)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        if kill_after is not None:
            while (
                ImportFile.objects.order_by("-pk").filter(state="importing", rows_read__gte=kill_after).first() is None
            ):
                time.sleep(0.05)
            process.send_signal(signal.SIGKILL)
        out, err = process.communicate()
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return seconds, peak, (out.strip().splitlines() or err.strip().splitlines() or [""])[-1]


def test_years_of_history_come_in(files, capsys):
    lines = []
    for kind, count in (("patients", PATIENTS), ("appointments", APPOINTMENTS)):
        for time_of in ("first", "again"):
            seconds, peak, said = command(kind, files[kind])
            assert "new" in said, said
            lines.append(
                f"{kind:<13} {time_of:<6} {seconds:6.1f} s {2 * count / seconds:8.0f} rows/s {peak:6.0f} MB  {said}"
            )
    assert (Patient.objects.count(), Appointment.objects.count()) == (PATIENTS, APPOINTMENTS)
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")


def test_a_killed_import_goes_on(files, capsys):
    command("patients", files["patients"])
    command("appointments", files["appointments"], kill_after=APPOINTMENTS // 2)
    left = Appointment.objects.count()
    assert 0 < left < APPOINTMENTS
    seconds, _peak, said = command("appointments", files["appointments"])
    assert Appointment.objects.count() == APPOINTMENTS
    with capsys.disabled():
        sys.stdout.write(f"\nkilled after {left} of {APPOINTMENTS}; run again, {seconds:.1f} s: {said}\n")
