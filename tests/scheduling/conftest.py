import pytest

from tests.practice import practice


@pytest.fixture
def clinic_day(request):
    request.getfixturevalue("db")
    request.getfixturevalue("monday")
    return practice()
