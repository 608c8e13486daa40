"""The drip: how long until the next call may leave, counted from the calls that already did.

The history is the ledger itself, so that no restart forgets a call. A call reached the server at
some time between its leaving and its answer, so it is counted from its answer, and the next one
from its leaving: whatever the network does between, the server counts at least as far apart.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from rotation.core.facts import Moment

WINDOW = 60.0
"""Seconds in which the provider counts."""
GUARD = 0.05
"""Seconds by which our sixty may be shorter than the provider's, the clocks not running alike."""


@dataclass(frozen=True, slots=True)
class Rule:
    """At most `calls` in any 60 s. `paced` spreads them evenly instead of letting them burst."""

    calls: int
    paced: bool = False


class Call(NamedTuple):
    """A call already made: the boot second by which it had reached the server. No boot: unknown."""

    boot: str
    uptime: float


CALM = timedelta(minutes=15)
"""After so long without being asked for fewer calls again, twice as many may be made."""
MOST_HALVINGS = 3
LEAST_REQUESTS = 8
"""Requests in any 60 s below which a step could not be read for and made in one go."""


def halvings(throttles: int, calm_since: datetime | None, now: datetime) -> int:
    """How often the provider asked for fewer calls, one less for each quarter of an hour of calm.

    Calm begins when the account goes on. A calm that is to come began before the clock was put
    back: none of it counts.
    """
    calm = now - calm_since if calm_since is not None else timedelta(0)
    return max(0, throttles - max(calm, timedelta(0)) // CALM)


def halved(calls: int, times: int, least: int = 1) -> int:
    """How many of `calls` in any 60 s are left once they were halved so often."""
    return max(min(calls, least), calls >> min(times, MOST_HALVINGS))


class Sent(Protocol):
    """What an attempt says of its time: see `Attempt`."""

    @property
    def boot(self) -> str: ...
    @property
    def uptime(self) -> float: ...
    @property
    def ended(self) -> bool: ...
    @property
    def took(self) -> float | None: ...


def call_of(attempt: Sent, now: Moment) -> Call:
    """An attempt as the server may have counted it last: when it was answered, or now.

    How long one took that a crash left open nobody knows; the process that found it began later.
    """
    if not attempt.ended:
        return Call(attempt.boot, now.uptime)
    if attempt.took is None:
        return Call("", 0.0)
    return Call(attempt.boot, attempt.uptime + attempt.took)


def ages(calls: Iterable[Call], now: Moment, started: float) -> Iterator[float]:
    """How many seconds ago each call may last have reached the server, on the boot clock.

    A call of another boot has no place on this clock: it counts as made when this process
    started, at boot second `started`.
    """
    arrived = (c.uptime if c.boot == now.boot else started for c in calls)
    return (max(0.0, now.uptime - at) for at in arrived)


def wait(call_ages: Sequence[float], rule: Rule, since_last: float | None = None) -> timedelta:
    """How long until one more call fits `rule`; zero when it fits now.

    `since_last`: seconds since the last call left, from which a paced one is spread. Without it
    the last call counts as left when it may have arrived.
    """
    newest_first = sorted(call_ages)
    over = 0.0
    if len(newest_first) >= rule.calls:
        over = WINDOW + GUARD - newest_first[rule.calls - 1]
    if rule.paced and newest_first:
        last = newest_first[0] if since_last is None else since_last
        over = max(over, (WINDOW + GUARD) / rule.calls - last)
    return timedelta(seconds=max(0.0, over))


def makespan(count: int, rule: Rule, call_ages: Sequence[float] = ()) -> timedelta:
    """How long from now until the last of `count` calls leaves, if each goes as soon as it fits."""
    made = sorted(call_ages)
    clock = 0.0
    for _ in range(count):
        clock += wait([clock + a for a in made], rule).total_seconds()
        made = [-clock, *made][: rule.calls]
    return timedelta(seconds=clock)
