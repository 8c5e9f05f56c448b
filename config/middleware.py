"""A line in the log for each request, and a name that finds its other lines."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from config.logs import REQUEST_ID, seen

GIVEN = re.compile(r"[A-Za-z0-9-]{8,64}")

logger = logging.getLogger(__name__)


class RequestLogMiddleware:
    """Write who asked for what, and how it went: keys and routes only, no address, no query and nothing typed.

    The name of the request is the proxy's `X-Request-ID`, or ours; the answer carries it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        name = given if GIVEN.fullmatch(given) else uuid4().hex
        request.log_id = name  # type: ignore[attr-defined]
        before = REQUEST_ID.set(name)
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = name
            write(request, response, round((time.perf_counter() - started) * 1000))
            return response
        finally:
            REQUEST_ID.reset(before)


def write(request: HttpRequest, response: HttpResponse, duration_ms: int) -> None:
    fields: dict[str, Any] = {**seen(request), "status": response.status_code, "duration_ms": duration_ms}
    # Only what others have looked up already: the log asks the database nothing.
    for field, attribute in (("organization", "organization"), ("user", "_cached_user")):
        fields[field] = getattr(getattr(request, attribute, None), "pk", None)
    # A balancer asks all day long, and each page for its files; what matters is the day when they get another answer.
    usual = fields["route"] == "/healthz" or request.path.startswith(settings.STATIC_URL)
    level = logging.DEBUG if usual and response.status_code < HTTPStatus.BAD_REQUEST else logging.INFO
    words = (request.method, fields["route"] or "nowhere", response.status_code, duration_ms)
    logger.log(level, "%s %s %s in %s ms", *words, extra=fields)
