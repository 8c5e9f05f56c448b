"""For `make run`: one machine, one person trying it."""

import os

os.environ.setdefault("SECRET_KEY", "for development only, never for patients")

from config.settings.base import *  # noqa: F403 a settings module is its base, with differences

DEBUG = env.bool("DEBUG", default=True)  # noqa: F405
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS = ["127.0.0.1"]
