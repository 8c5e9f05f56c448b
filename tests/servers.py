"""The pytest plugin that has both servers answer before anything reads the settings."""

from collections.abc import Generator

import pytest

from config import embedded


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests() -> Generator[None, object, object]:
    embedded.start()
    return (yield)
