#!/usr/bin/env python
"""Django's command line, on the embedded servers unless DATABASE_URL and REDIS_URL name others."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    try:
        embedded.start_for(sys.argv)
    except embedded.ServerError as error:
        raise SystemExit(str(error)) from error
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
