#!/bin/sh
# Everything that judges the code without running it. Warnings are errors.
set -eux
cd "$(dirname "$0")/.."
PATH="$PWD/.venv/bin:$PATH"

ruff format --check --quiet .
ruff check --quiet .
lint-imports --no-cache
SECRET_KEY=mypy EMAIL_URL=memorymail:// DATABASE_URL=postgres:///mypy REDIS_URL=redis:// mypy
find templates -name '*.html' -exec djade --check --target-version 6.1 {} +
python -W error manage.py makemigrations --check --dry-run
SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
    ALLOWED_HOSTS=clinic.example EMAIL_URL=smtp://mail.clinic.example:25 DJANGO_SETTINGS_MODULE=config.settings.production \
    python -W error manage.py check --deploy --fail-level WARNING
