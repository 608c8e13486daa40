"""A calendar at an address: its events are covers, for as long as they stand there."""

from dataclasses import dataclass
from datetime import datetime

from rotation.engine.feeds import Refusal, calendar_called
from rotation.ledger import Books
from rotation.providers.fetched import Fetched, Unfetched
from rotation.settings import Calendar
from rotation.surfaces.feed import By, Feed
from rotation.surfaces.following import Plan, carry_out, planned


@dataclass(slots=True)
class CalendarFeed(Feed[Calendar, Plan]):
    accept = "text/calendar, */*;q=0.5"
    zone = ""
    _leans = True

    @property
    def key(self) -> str:
        return calendar_called(self.at.name)

    @property
    def title(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return f"the calendar {self.at.name}"

    @property
    def command(self) -> str:
        return f"calendars {self.at.name}"

    def own(self) -> By:
        return By(f"calendar {self.at.name}", by_hand=False)

    def stands_on(self, books: Books) -> str:
        """In whose place somebody stands is said by the files, and of which shifts by settings."""
        return " ".join([books.rosters.version() or "", *self.at.shifts])

    def judged(self, found: Fetched | Unfetched, most: int | None, now: datetime) -> Plan | Refusal:
        if isinstance(found, Unfetched):
            return self.unfetched(found)
        with self.ledger.reading() as books:
            return planned(books, self.at.name, found.content, self.at.shifts, most, now)

    def reread_at(self, judged: Plan, _now: datetime) -> datetime | None:
        return judged.reread_at

    def carry_out(self, books: Books, judged: Plan, by: By, now: datetime) -> None:
        carry_out(books, judged, by, now)
