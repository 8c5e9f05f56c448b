"""Transactions that wait for others: for a while, then once more, then not at all."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import errors

from scheduling.exceptions import AppointmentError, Code

LOCK_TIMEOUT = "5s"
ATTEMPTS = 3
CONTENDED = (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure)

CONSTRAINTS = {
    "appointment_practitioner_overlap": Code.SLOT_TAKEN,
    "appointment_practitioner_elsewhere": Code.SLOT_TAKEN,
    "appointment_slot_of_one_length": Code.SLOT_TAKEN,
    "appointment_seat_once": Code.SLOT_TAKEN,
    "appointment_patient_overlap": Code.PATIENT_CONFLICT,
    "appointment_request_once": Code.STALE_VERSION,
}
"""What the database's refusal means, should a writer ever come past the locks."""


def contended[**P, R](write: Callable[P, R]) -> Callable[P, R]:
    """Run `write` in one transaction; raise `try_again` when the database stays contended."""

    @wraps(write)
    def attempt(*args: P.args, **kwargs: P.kwargs) -> R:
        for _attempt in range(ATTEMPTS):
            try:
                with transaction.atomic():
                    with connection.cursor() as cursor:
                        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_TIMEOUT])
                    return write(*args, **kwargs)
            except OperationalError as error:
                if not isinstance(error.__cause__, CONTENDED):
                    raise
            except IntegrityError as error:
                code = CONSTRAINTS.get(_constraint(error))
                if code is None:
                    raise
                raise AppointmentError(code) from error
        raise AppointmentError(Code.TRY_AGAIN)

    return attempt


def _constraint(error: IntegrityError) -> str:
    cause = error.__cause__
    return (cause.diag.constraint_name or "") if isinstance(cause, errors.Error) else ""
