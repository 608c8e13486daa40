"""What other systems write and we read again and again: how it stands, what people hear of it.

That is the list of leavers, and calendars. Whoever reads one notes here what came of that. A cause
for which it was refused is on record once, and told once, until it is taken again; that is told as
well.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from rotation.core.alarm import Alarm
from rotation.engine.wipes import NEWS
from rotation.ledger import Books

LEAVERS = "leaver list/"
"""The key of the list at the address of the settings; those of files begin so too."""
_CALENDAR = "calendar/"
REFUSED = "refused"
"""The kind of the record, as of everything else that was asked for and refused."""
_TIMES = ("failing_since", "over_at", "reread_at", "taken_at")


def leavers_in(file: str) -> str:
    """The key of a list of leavers that is read from a file."""
    return f"{LEAVERS}{sha256(file.encode()).hexdigest()[:16]}"


def calendar_called(name: str) -> str:
    """The key of a calendar of the settings."""
    return f"{_CALENDAR}{name}"


@dataclass(frozen=True, slots=True)
class Standing:
    """What was taken last, and what has been in the way since then.

    `digest` and `etag` are of what was taken, at `address`; `stood_on` is what else decided what it
    came to, and at `reread_at` the time of a part of it comes. `cause` tells one trouble from the
    next; it is empty while there is none.
    """

    address: str = ""
    digest: str = ""
    etag: str = ""
    taken_at: datetime | None = None
    reread_at: datetime | None = None
    failing_since: datetime | None = None
    cause: str = ""
    why: str = ""
    to_do: str = ""
    over_at: datetime | None = None
    stood_on: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing of it is done. `lines` are its mistakes, one by one."""

    kind: str
    why: str
    to_do: str = ""
    lines: tuple[str, ...] = ()

    @property
    def cause(self) -> str:
        """The same for the same: of what can't be fetched the words may change from try to try."""
        if self.kind == UNFETCHED:
            return UNFETCHED
        told = "\n".join((self.why, *self.lines))
        return f"{self.kind}/{sha256(told.encode()).hexdigest()[:12]}"

    @property
    def text(self) -> str:
        return f"{self.why}: {self.lines[0]}" if self.lines else self.why


UNFETCHED = "unfetched"


def standing(books: Books, key: str) -> Standing:
    """How it is with what has this key; one of which nothing can be read begins anew."""
    return _read(books.meta.get(key) or "")


def _read(text: str) -> Standing:
    try:
        told: dict[str, Any] = json.loads(text)
        times = {k: datetime.fromisoformat(told[k]) for k in _TIMES if told.get(k)}
        return Standing(**{**told, **times})
    except (ValueError, TypeError, KeyError, AttributeError):
        return Standing()


def save(books: Books, key: str, found: Standing) -> None:
    told = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(found).items()}
    books.meta.put(key, json.dumps(told, sort_keys=True))


def refused(
    books: Books,
    key: str,
    before: Standing,
    why: Refusal,
    told: tuple[str, str, str],
    now: datetime,
) -> bool:
    """Note that nothing of it is done; False where that is on record for this cause.

    `told`: which command, on whose word, and what was to be read.
    """
    known = standing(books, key)
    if (known.cause, known.address) == (why.cause, before.address):
        return False
    since = (before.failing_since if before.cause else None) or now
    after = replace(
        before, cause=why.cause, why=why.text, to_do=why.to_do, failing_since=since, over_at=None
    )
    save(books, key, after)
    command, origin, asked = told
    books.audit.append(
        at=now, kind=REFUSED, group=None, person=None, reason=None, origin=origin,
        detail={"command": command, "why": why.text, "asked": asked},
    )  # fmt: skip
    return True


def taken(books: Books, key: str, before: Standing, after: Standing, now: datetime) -> None:
    """Note that it was taken; what was in the way is over."""
    if before.cause:
        after = replace(after, failing_since=before.failing_since, over_at=now)
    save(books, key, replace(after, taken_at=now))


def news(books: Books, at: datetime) -> Iterator[Alarm]:
    """What people are told once of what is fetched: what is in the way of it, and its end."""
    found = {LEAVERS: books.meta.get(LEAVERS) or "", **books.meta.under(_CALENDAR)}
    for key, text in found.items():
        yield from _news(books, key, _read(text), at)


def _news(books: Books, key: str, found: Standing, at: datetime) -> Iterator[Alarm]:
    if found.failing_since is None or (found.over_at is not None and at - found.over_at > NEWS):
        return
    prefix = key if key.endswith("/") else f"{key}/"
    told = {alarm.key for alarm in books.alarms.told(prefix)}
    period = f"{prefix}{found.failing_since.isoformat()}/"
    where, name = _title(key), f"{period}{found.cause or 'over'}"
    if name in told:
        return
    if found.cause:
        what = f"{found.why}. To do: {found.to_do}."
        yield Alarm(name, where, what, name, found.failing_since)
    elif found.over_at is not None and any(one.startswith(period) for one in told):
        yield Alarm(name, where, "it is read again.", name, found.over_at, is_news=True)


def _title(key: str) -> str:
    of_calendar = key.removeprefix(_CALENDAR)
    return "The list of leavers" if of_calendar == key else f"The calendar {of_calendar}"
