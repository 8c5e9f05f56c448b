"""Who asks, when a proxy stands between."""

from __future__ import annotations

from ipaddress import ip_address

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str | None:
    """Give the address that wrong passwords are counted by, None where there is none to trust.

    Each proxy adds at the end of X-Forwarded-For whom it heard from. The last `TRUSTED_PROXIES` entries are theirs;
    anybody can write what stands before them.
    """
    said = request.headers.get("X-Forwarded-For")
    hops = [hop.strip() for hop in said.split(",")] if said else []
    ours = settings.TRUSTED_PROXIES
    address = hops[-ours] if 0 < ours <= len(hops) else request.META.get("REMOTE_ADDR", "")
    try:
        return str(ip_address(address))
    except ValueError:
        return None
