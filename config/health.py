"""Whether this process can serve: it reaches its database and its cache."""

from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from redis import RedisError


@login_not_required
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Answer 200 when both servers answer, else 503 with the name of the one that does not."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("database", status=503, content_type="text/plain")
    try:
        cache.get("healthz")
    except RedisError:
        return HttpResponse("redis", status=503, content_type="text/plain")
    return HttpResponse("ok", content_type="text/plain")
