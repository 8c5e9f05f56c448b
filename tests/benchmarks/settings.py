"""As for tests; with a database, keys in the cache and a queue of the benchmarks' own."""

from config.settings.test import *  # noqa: F403 a settings module is its base, with differences

ROOT_URLCONF = "tests.benchmarks.urls"
CACHES["default"]["KEY_PREFIX"] = "bench"  # noqa: F405
CELERY_TASK_DEFAULT_QUEUE = "bench"  # nobody works it; it is emptied at the end
