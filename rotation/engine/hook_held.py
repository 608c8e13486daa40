"""Hooks that would take too many people's places at once: held until a person says it is meant.

A mistake in a billing system comes as many small words, each of them allowed. So what one hook may
end within an hour is bounded (S8); people hear of it, and the sender tries again meanwhile.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from rotation.core.alarm import Alarm
from rotation.engine.origin import HOOK, origin_of
from rotation.ledger import Books

WITHIN = timedelta(hours=1)
_HELD, _LET_THROUGH = "hooks_held", "hook_let"
PREFIX = "hook/"
PATIENCE = timedelta(days=4)
"""A sender gives up after three days; then there is nothing to be let through."""


@dataclass(frozen=True, slots=True)
class LetThrough:
    """A person's word that so many more may lose their place from then on, while senders retry."""

    at: datetime
    most: int


def hold(books: Books, hook: str, why: str, now: datetime) -> None:
    """Note that a hook waits, and put it on record once."""
    known = _read(books, _HELD)
    if hook in known and abs(now - known[hook]) < PATIENCE:
        return
    _write(books, _HELD, {**known, hook: now})
    books.audit.append(
        at=now, kind="refused", group=None, person=None, reason=None,
        origin=origin_of(f"{HOOK}{hook}"),
        detail={"command": f"hook {hook}", "why": why, "asked": "told by its sender"},
    )  # fmt: skip


def held(books: Books) -> Mapping[str, datetime]:
    """Which hooks wait, and since when."""
    return _read(books, _HELD)


def let_through(books: Books, hook: str, most: int, by: tuple[str, str], now: datetime) -> bool:
    """So many more are meant; False where the hook is not held."""
    known = dict(_read(books, _HELD))
    if known.pop(hook, None) is None:
        return False
    author, why = by
    _write(books, _HELD, known)
    books.meta.put(f"{_LET_THROUGH}/{hook}", f"{now.isoformat()} {most}")
    books.audit.append(
        at=now, kind="let_through", group=None, person=None, reason=None,
        origin=origin_of(author), detail={"hook": hook, "most": most, "why": why},
    )  # fmt: skip
    return True


def meant(books: Books, hook: str, now: datetime) -> LetThrough | None:
    """What a person said of a hook, as long as it counts."""
    at, _, most = (books.meta.get(f"{_LET_THROUGH}/{hook}") or "").partition(" ")
    try:
        found = LetThrough(datetime.fromisoformat(at), int(most))
    except ValueError:
        return None
    return found if timedelta(0) <= now - found.at < PATIENCE else None


def news(books: Books, at: datetime) -> Iterator[Alarm]:
    """What people are told once of each hook that is held."""
    told = {one.key for one in books.alarms.told(PREFIX)}
    for hook, since in _read(books, _HELD).items():
        key = f"{PREFIX}{hook}/{since.isoformat()}"
        if key not in told and timedelta(0) <= at - since < PATIENCE:
            what = (
                "it would end the subscriptions of unusually many people within an hour, so it"
                f" waits. To do: ask whoever runs its sender; `rotation hooks let-through {hook}"
                " --most N` if it is meant."
            )
            yield Alarm(key, f"Hook {hook}", what, key, since)


def _read(books: Books, key: str) -> Mapping[str, datetime]:
    """One that a hand damaged begins anew."""
    try:
        told = json.loads(books.meta.get(key) or "{}")
        return {str(name): datetime.fromisoformat(at) for name, at in told.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def _write(books: Books, key: str, found: Mapping[str, datetime]) -> None:
    books.meta.put(key, json.dumps({n: at.isoformat() for n, at in found.items()}, sort_keys=True))
