"""The list of leavers that a personnel system writes: how it stands, and what people hear of it.

Whoever reads it notes here what came of that. A cause for which it was refused is on record once,
and told once, until the list is taken again; that is told as well.
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

ADDRESS = ""
"""What the list at the address of the settings is called; others are called by their file."""
PREFIX = "leaver list/"
REFUSED = "refused"
"""The kind of the record, as of everything else that was asked for and refused."""
_TIMES = ("failing_since", "over_at", "reread_at", "taken_at")


@dataclass(frozen=True, slots=True)
class Standing:
    """What was taken last, and what has been in the way since then.

    `digest` and `etag` are of the list that was taken, at `address`; at `reread_at` the time of one
    of its rows comes. `cause` tells one trouble from the next; it is empty while there is none.
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


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why nothing of a list is done. `lines` are its mistakes, one by one."""

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


def standing(books: Books, source: str) -> Standing:
    """How it is with the list of this name; one of which nothing can be read begins anew."""
    try:
        told: dict[str, Any] = json.loads(books.meta.get(_key(source)) or "")
        times = {k: datetime.fromisoformat(told[k]) for k in _TIMES if told.get(k)}
        return Standing(**{**told, **times})
    except (ValueError, TypeError, KeyError, AttributeError):
        return Standing()


def save(books: Books, source: str, found: Standing) -> None:
    told = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in asdict(found).items()}
    books.meta.put(_key(source), json.dumps(told, sort_keys=True))


def _key(source: str) -> str:
    return f"{PREFIX}{source and sha256(source.encode()).hexdigest()[:16]}"


def refused(
    books: Books, source: str, before: Standing, why: Refusal, origin: str, now: datetime
) -> bool:
    """Note that nothing of the list is done; False where that is on record for this cause."""
    known = standing(books, source)
    if (known.cause, known.address) == (why.cause, before.address):
        return False
    since = before.failing_since or now
    after = replace(
        before, cause=why.cause, why=why.text, to_do=why.to_do, failing_since=since, over_at=None
    )
    save(books, source, after)
    books.audit.append(
        at=now, kind=REFUSED, group=None, person=None, reason=None, origin=origin,
        detail={"command": "leavers", "why": why.text, "asked": source or before.address},
    )  # fmt: skip
    return True


def taken(books: Books, source: str, before: Standing, after: Standing, now: datetime) -> None:
    """Note that the list was taken; what was in the way is over."""
    if before.cause:
        after = replace(after, failing_since=before.failing_since, over_at=now)
    save(books, source, replace(after, taken_at=now))


def news(books: Books, at: datetime) -> Iterator[Alarm]:
    """What people are told once of the list that is fetched: what is in the way, and its end."""
    found = standing(books, ADDRESS)
    if found.failing_since is None or (found.over_at is not None and at - found.over_at > NEWS):
        return
    told = {alarm.key for alarm in books.alarms.told(PREFIX)}
    period = f"{PREFIX}{found.failing_since.isoformat()}/"
    where, key = "The list of leavers", f"{period}{found.cause or 'over'}"
    if key in told:
        return
    if found.cause:
        what = f"{found.why}. To do: {found.to_do}."
        yield Alarm(key, where, what, key, found.failing_since)
    elif found.over_at is not None and any(one.startswith(period) for one in told):
        yield Alarm(key, where, "it is read again.", key, found.over_at, is_news=True)
