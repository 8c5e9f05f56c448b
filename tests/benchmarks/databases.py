"""The databases of the benchmarks: one of each size, kept under its name, beside the one that DATABASE_URL names."""

import os
from urllib.parse import urlsplit, urlunsplit

import psycopg

SHAPE = "6"
"""Of the data: a kept database of another one is filled anew."""


def name_of(size):
    return f"medaius_bench_{size}"


def address_of(name):
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{name}"))


def is_filled(size):
    """Tell whether a database of that size is there, and was filled to its end as this code fills it."""
    with _server() as server:
        found = server.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [name_of(size)]
        ).fetchone()
    return found == (SHAPE,)


def make_anew(size):
    with _server() as server:
        server.execute(f"DROP DATABASE IF EXISTS {name_of(size)} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {name_of(size)}")


def mark_filled(size):
    with _server() as server:
        server.execute(f"COMMENT ON DATABASE {name_of(size)} IS '{SHAPE}'")


def _server():
    return psycopg.connect(address_of("postgres"), autocommit=True)
