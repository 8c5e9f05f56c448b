import os
from pathlib import Path

import pytest

DEBIANS_CHROMIUM = Path("/usr/bin/chromium")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Drive Debian's Chromium where there is one; a container has no sandbox to nest in, nor much shared memory."""
    args = {**browser_type_launch_args, "args": ["--no-sandbox", "--disable-dev-shm-usage"]}
    return {**args, "executable_path": str(DEBIANS_CHROMIUM)} if DEBIANS_CHROMIUM.exists() else args


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol():
    """Let the tests here, and only these, ask the database: Playwright keeps an event loop in their thread.

    A hook, since the fixtures of pytest-django come before any of ours.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        return (yield)
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
