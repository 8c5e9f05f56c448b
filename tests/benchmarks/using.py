"""Which of the databases Django talks to: several sizes are asked in turn, in one run."""

from contextlib import contextmanager

from django.core.cache import cache
from django.db import connections

from tests.benchmarks import databases


class Database:
    """The database of a size, with a connection of its own and names of its own in the cache."""

    def __init__(self, size):
        self.size = size
        self.connection = connections.create_connection("default")
        self.connection.settings_dict = {**self.connection.settings_dict, "NAME": databases.name_of(size)}
        self.key_prefix = f"bench-{size}"

    @contextmanager
    def in_use(self):
        """Have everything that is asked meanwhile be asked of this one."""
        before, key_prefix = connections["default"], cache.key_prefix
        connections["default"], cache.key_prefix = self.connection, self.key_prefix
        try:
            yield
        finally:
            self.key_prefix = cache.key_prefix
            connections["default"], cache.key_prefix = before, key_prefix

    def close(self):
        with self.in_use():
            for key in cache._cache.get_client(None).scan_iter(match=f"bench-{self.size}*", count=1000):
                cache._cache.get_client(None).delete(key)
        self.connection.close()
