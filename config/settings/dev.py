"""For `make run`: one machine, one person trying it."""

import os

os.environ.setdefault("SECRET_KEY", "for development only, never for patients")
os.environ.setdefault("EMAIL_URL", "consolemail://")

from config.settings.base import *  # noqa: F403 a settings module is its base, with differences

# Off: who tries the clinic sees its own pages, the ones that say no among them.
DEBUG = env.bool("DEBUG", default=False)  # noqa: F405
# Nothing is collected: static files are found where they are written.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
INTERNAL_IPS = ["127.0.0.1"]
