import pytest
from django.db import connection


@pytest.mark.django_db
def test_it_answers_whoever_asks(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db
def test_it_names_a_database_that_does_not_answer(client, monkeypatch):
    monkeypatch.setitem(connection.settings_dict, "OPTIONS", {"host": "/nowhere"})
    connection.close()
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"database")


@pytest.mark.django_db
def test_it_names_a_cache_that_does_not_answer(client, settings):
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "unix:///nowhere"}
    }
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (503, b"redis")
