"""For clinics: https only. SECRET_KEY, DATABASE_URL, REDIS_URL, EMAIL_URL and ALLOWED_HOSTS must be set."""

from config import logs
from config.settings.base import *  # noqa: F403 a settings module is its base, with differences

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
STORAGES = {
    **STORAGES,  # noqa: F405
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=1)  # noqa: F405
LOGGING = logs.settings(env("LOG_LEVEL", default="INFO"))  # noqa: F405
