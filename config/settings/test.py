"""For pytest: the real servers, and nothing slower than it must be."""

import os

os.environ.setdefault("SECRET_KEY", "for tests only")
os.environ.setdefault("EMAIL_URL", "memorymail://")

from config.settings.base import *  # noqa: F403 a settings module is its base, with differences

ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
# One hash is as good as another here, and argon2 is slow on purpose; the real one has a test of its own.
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
# The races want a connection for each of their threads, and the pool's own clock does not stand still with the tests'.
del DATABASES["default"]["OPTIONS"]["pool"]  # noqa: F405
LOGGING = {"version": 1, "disable_existing_loggers": False}
# Nothing is collected for tests: static files are found where they are written.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
# Workers share the server, and their databases count from the same ids.
CACHES["default"]["KEY_PREFIX"] = os.environ.get("PYTEST_XDIST_WORKER", "")  # noqa: F405

# A test's transaction never ends, so nobody would learn of what it changed; the tests of the memory switch it on.
SLOT_MEMORY_SECONDS = 0
