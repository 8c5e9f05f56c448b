"""How a page answers what was sent to it: with 303 to the next page, or with the status of the refusal."""

from __future__ import annotations

from http import HTTPStatus

from django.http import HttpResponseRedirect

from scheduling.exceptions import AppointmentError, Code
from scheduling.views.booking import LOST

STATUS_OF = {
    **dict.fromkeys(LOST, HTTPStatus.CONFLICT),
    Code.INVALID_TRANSITION: HTTPStatus.CONFLICT,
    Code.UNDO_EXPIRED: HTTPStatus.CONFLICT,
    Code.TRY_AGAIN: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""How a refusal is answered; any other is a field that needs another look."""


def status_of(error: AppointmentError) -> HTTPStatus:
    return STATUS_OF.get(error.code, HTTPStatus.UNPROCESSABLE_ENTITY)


def see_other(url: str) -> HttpResponseRedirect:
    """Send the browser on with a GET, so that loading the page anew sends nothing twice."""
    return HttpResponseRedirect(url, status=HTTPStatus.SEE_OTHER)
