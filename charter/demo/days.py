"""What happens on which day of the made-up years, and living through them in that order."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy.orm import Session, sessionmaker

from charter.clock import pretend, today
from charter.config import Settings
from charter.database.engine import transaction

Deed = Callable[[Session], None]
"""Something that is done, by calling services."""

DAY = timedelta(days=1)


class Days:
    """The days up to yesterday. Whoever plans something for later plans in vain: it has not happened yet."""

    def __init__(self, settings: Settings, sessions: sessionmaker[Session]) -> None:
        self.today = today(settings.zone)
        self._zone = settings.zone
        self._sessions = sessions
        self._planned: list[tuple[datetime, int, Deed]] = []
        self._number = 0

    def ago(self, days: int) -> date:
        """The day so many days before today."""
        return self.today - days * DAY

    def moment(self, day: date, *, hour: int = 9) -> datetime:
        """That hour of the day, where the coalition is; in UTC, as events are kept and sealed."""
        return datetime.combine(day, time(hour), self._zone).astimezone(UTC)

    def at(self, day: date, deed: Deed, *, hour: int = 9) -> None:
        """Do this then; what is planned for the same hour keeps its order. A deed may plan further ones."""
        if day < self.today:
            heapq.heappush(self._planned, (self.moment(day, hour=hour), self._number, deed))
            self._number += 1

    def live(self, told: Callable[[int, int], None]) -> None:
        """Do everything that is planned, in the order of time, each day in one transaction.

        `told` hears how many days are over, of how many.
        """
        first = self._next()
        while self._planned:
            day = self._next()
            with transaction(self._sessions) as db:
                while self._planned and self._next() == day:
                    moment, _, deed = heapq.heappop(self._planned)
                    with pretend(moment):
                        deed(db)
            told((day - first).days, (self.today - first).days)

    def _next(self) -> date:
        return self._planned[0][0].astimezone(self._zone).date()
