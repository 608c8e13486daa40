"""What an answer lets us conclude about a seat: when to look, when to try again, what to hold."""

import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from rotation.core.facts import Because, Kind, Seat
from rotation.core.outcome import (
    Accepted,
    InDoubt,
    Outcome,
    Refusal,
    Refused,
    Scope,
    Throttled,
)

QUIET = timedelta(seconds=90)
"""After an attempt whose effect is not proven: no second one before this."""
READ_BACKS = (timedelta(seconds=2), timedelta(seconds=10), timedelta(seconds=30), QUIET)
"""When to read a group after an attempt, until the read proves it."""
LONGEST_WAIT = timedelta(minutes=15)
"""The cap of every back-off: no open difference waits longer."""
_FIRST_WAIT = timedelta(seconds=10)

LASTING = frozenset(
    {
        Refusal.PRIVACY,
        Refusal.NOT_REACHABLE,
        Refusal.RECENTLY_LEFT,
        Refusal.COMMUNITY,
        Refusal.FULL,
    }
)
"""Refused adds that are not repeated within their occurrence: some engines send the person a
private invite with each try."""


def back_off(tries: int, salt: str) -> timedelta:
    """Wait after the `tries`-th failed try: doubling from 10 s to 15 min, less up to 20 %.

    `salt` spreads different seats apart; the same seat and try always wait the same.
    """
    doublings: int = 2 ** min(tries - 1, 12)
    full = min(_FIRST_WAIT * doublings, LONGEST_WAIT)
    share = zlib.crc32(f"{salt}/{tries}".encode()) / 2**32
    return full * (1 - 0.2 * share)


def after(seat: Seat, because: Because, kind: Kind, outcome: Outcome, ended_at: datetime) -> Seat:
    """The seat after an attempt of `kind` (ADD or REMOVE) that ended at the UTC instant given.

    What the person's seat *is* stays as last seen: no answer changes that, only a read does.
    """
    match outcome:
        case Throttled():
            return seat
        case Accepted():
            return _await_proof(seat, ended_at, in_doubt=False)
        case InDoubt():
            return _await_proof(seat, ended_at, in_doubt=True)
        case Refused(why) if why.scope is not Scope.PERSON:
            return seat
        case Refused(why) if kind is Kind.ADD and why in LASTING:
            tried = replace(seat, tries=seat.tries + 1)
            return replace(tried, refused=why, refused_key=because.key)
        case Refused():
            tries = seat.tries + 1
            wait = back_off(tries, f"{seat.group}/{seat.person}")
            return replace(seat, tries=tries, retry_at=ended_at + wait)
        case _:
            assert_never(outcome)


def _await_proof(seat: Seat, ended_at: datetime, *, in_doubt: bool) -> Seat:
    tries = seat.tries + 1
    wait = back_off(tries, f"{seat.group}/{seat.person}")
    return replace(
        seat,
        tries=tries,
        in_doubt=in_doubt,
        watch_until=ended_at + LONGEST_WAIT if in_doubt else seat.watch_until,
        settle_at=ended_at + QUIET,
        retry_at=ended_at + wait,
    )


def next_read(seat: Seat, read_began_at: datetime | None) -> datetime | None:
    """When the group should be read for this seat's last attempt; None when nothing is awaited."""
    if seat.settle_at is None:
        return None
    attempted_at = seat.settle_at - QUIET
    due = (attempted_at + wait for wait in READ_BACKS)
    return next((t for t in due if read_began_at is None or read_began_at < t), None)
