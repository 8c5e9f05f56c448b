"""A page of one date, from which those beside it are one key away."""

from __future__ import annotations

from datetime import date

from scheduling.domain.sessions import ONE_DAY
from scheduling.forms import EARLIEST, LATEST


class DatedPage:
    """The addresses of other dates; which date is shown, and which is today, says the page itself."""

    @property
    def day(self) -> date:
        raise NotImplementedError

    @property
    def today(self) -> date:
        raise NotImplementedError

    def url(self, day: date) -> str:
        raise NotImplementedError

    @property
    def is_today(self) -> bool:
        return self.day == self.today

    @property
    def here(self) -> str:
        return self.url(self.day)

    @property
    def before_url(self) -> str:
        return self.url(max(EARLIEST, self.day - ONE_DAY))

    @property
    def after_url(self) -> str:
        return self.url(min(LATEST, self.day + ONE_DAY))

    @property
    def today_url(self) -> str:
        return self.url(self.today)
