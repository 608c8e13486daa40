"""Calendars that are followed: how each stands."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from rotation.engine.feeds import calendar_called, standing
from rotation.ledger import Books
from rotation.settings import Calendar, SettingsErrors
from rotation.surfaces.answers.answer import Answer, Nothing, Told
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders import Counter
from rotation.surfaces.sight import Sight


@dataclass(frozen=True, slots=True)
class Listed:
    """A calendar, with so many covers of it that are to come, and since when it was not taken.

    Of its address only the `host`, for that may be a secret. One that is not `followed` stands in
    the settings no more, and left its covers. `wrong`: why nothing of it is done now.
    """

    calendar: str
    followed: bool
    host: str
    read_at: datetime | None
    covers: int
    wrong: str | None
    failing_since: datetime | None


def listed(known: Mapping[str, Calendar], books: Books, now: datetime) -> Iterator[Listed]:
    ahead = books.calendar_covers.calendars(now)
    for name in dict.fromkeys((*known, *ahead)):
        at, found = known.get(name), standing(books, calendar_called(name))
        wrong = masked(on_one_line(found.why)) if found.cause else None
        yield Listed(
            name, at is not None, _host(at), found.taken_at, ahead.get(name, 0), wrong,
            found.failing_since if found.cause else None,
        )  # fmt: skip


def _host(at: Calendar | None) -> str:
    try:
        return "" if at is None else at.host
    except SettingsErrors:
        return ""


def _calendars(counter: Counter, sight: Sight, _wish: Nothing) -> Told:
    found = listed(counter.settings.calendars, sight.books, sight.now)
    return {"at": sight.now, "calendars": list(found)}


CALENDARS = Answer(
    "calendars", "Which calendars are followed, and how each stands", "/calendars", Nothing,
    {"at": datetime, "calendars": [Listed]}, _calendars,
)  # fmt: skip
