"""Whose wrong passwords are counted, when a proxy stands between."""

import pytest
from axes.models import AccessAttempt
from django.test import RequestFactory

from config.proxy import client_address

HEARD = "198.51.100.1, 203.0.113.7, 10.0.0.2"


def asked(header=None, **meta):
    headers = {} if header is None else {"X-Forwarded-For": header}
    return client_address(RequestFactory().get("/", headers=headers, **meta))


@pytest.mark.parametrize(
    ("proxies", "header", "address"),
    [
        (0, HEARD, "127.0.0.1"),
        (1, HEARD, "10.0.0.2"),
        (2, HEARD, "203.0.113.7"),
        (4, HEARD, "127.0.0.1"),
        (1, None, "127.0.0.1"),
        (1, "2001:DB8::1", "2001:db8::1"),
        (1, "unknown", None),
    ],
)
def test_only_what_our_proxies_wrote_is_believed(settings, proxies, header, address):
    settings.TRUSTED_PROXIES = proxies
    assert asked(header) == address


def test_a_socket_has_no_address():
    assert asked(REMOTE_ADDR="") is None


@pytest.mark.django_db
def test_wrong_passwords_are_counted_for_whom_the_proxy_heard(client, settings):
    settings.TRUSTED_PROXIES = 1
    form = {"username": "x@yankin.example", "password": "wrong"}
    client.post("/login/", form, headers={"X-Forwarded-For": HEARD})
    assert AccessAttempt.objects.get().ip_address == "10.0.0.2"
