"""Each commit and each call of a handover fails in turn, until one is carried out untouched.

The daemon lives on: a ledger that fails it says so, and is asked again.
"""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye
from rotation.engine import AccountRules
from rotation.ledger import LedgerUnavailable
from rotation.surfaces.duties import AFTER_NO_LEDGER, MOST_FAILURES
from rotation.wiring.mortal import Edge, Fate

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})
A_WHILE = timedelta(minutes=3)
"""Long enough for a daemon to give up its ledger and be started again, several times."""


class Failing(Fate):
    """Of one kind of edge some fail, counted from when `begins` was called for.

    What fails goes on failing for `lasts` of world time, when that is told.
    """

    def __init__(self, edge: Edge, *at: int, lasts: timedelta | None = None) -> None:
        super().__init__()
        self._edge, self._at, self._lasts = edge, at, lasts
        self._passed: int | None = None
        self._until: Any = None
        self.struck = 0

    def begins(self, now: Callable[[], Any]) -> None:
        self._now, self._passed = now, 0

    def passes(self, edge: Edge) -> None:
        if edge is not self._edge or self._passed is None:
            return
        self._passed += 1
        if self._passed in self._at and self._lasts and self._until is None:
            self._until = self._now() + self._lasts
        if self._passed in self._at or (self._until and self._now() < self._until):
            self.struck += 1
            if edge in (Edge.WRITE, Edge.COMMIT):
                raise LedgerUnavailable("the disk is full")
            raise ConnectionError("the connection broke")


def lives(day: Any, clock: str) -> None:  # noqa: ANN401 - a rehearsed day
    """What the daemon does when its ledger fails it: ask again, and at the third time leave."""
    until, failures = day.at(clock), 0
    while day.now < until:
        ticks = day.rehearsal.ticks
        try:
            day.rehearsal.step(until)
        except LedgerUnavailable:
            failures += 1
            if failures == MOST_FAILURES:
                failures = 0
                day.rehearsal.restart()
            again = day.now + AFTER_NO_LEDGER
            while day.now < again:
                day.rehearsal.world.idle(again)
        else:
            failures = 0 if day.rehearsal.ticks > ticks else failures


def handover(day: Make, failing: Failing) -> Any:  # noqa: ANN401 - a rehearsed day
    """One handover with a notice, from 30 s before it until all has settled."""
    made = day(starts="07:59:30", death=failing, goodbye=GOODBYE)
    failing.begins(lambda: made.now)
    lives(made, "08:15")
    return made


def is_whole(day: Any) -> None:  # noqa: ANN401 - a rehearsed day
    """Proven, nothing lost, nothing done or said twice."""
    assert day.unlawful() == []
    assert day.inside() == "ben"
    assert day.settled()
    assert day.holds() == {}
    assert max(Counter(day.said()).values(), default=0) <= 1
    closed = [r.kind for r in day.audit("added", "removed", "late_add", "late_removal")]
    assert sorted(closed) == ["added", "removed"]
    with day.books() as books:
        newest = books.handovers.of(limit=1)[0]
    assert newest.proven_at is not None


EDGES = pytest.mark.parametrize("edge", list(Edge))


@pytest.mark.slow
@pytest.mark.promise("C1", "S10", "A1", "F30")
@EDGES
@pytest.mark.parametrize(
    ("again", "lasts"),
    [((), None), ((), A_WHILE), ((1, 3), None)],
    ids=["once", "for a while from then on", "and again while it recovers"],
)
def test_a_handover_in_which_any_commit_or_call_fails_is_proven_all_the_same(
    day: Make, edge: Edge, again: tuple[int, ...], lasts: timedelta | None
) -> None:
    for point in count(1):
        failing = Failing(edge, point, *(point + n for n in again), lasts=lasts)
        is_whole(handover(day, failing))
        if not failing.struck:
            break
    assert point > 6


@pytest.mark.slow
@pytest.mark.promise("S7", "S9", "F30")
def test_a_call_whose_end_was_never_written_down_counts_for_the_drip_and_is_not_repeated_at_once(
    day: Make,
) -> None:
    two = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "ben chen")}
    for point in count(1):
        failing = Failing(Edge.WRITE, point)
        made = day(two, starts="07:59:30", death=failing, rules=AccountRules(drip=1))
        failing.begins(lambda made=made: made.now)
        lives(made, "08:12")
        assert made.unlawful() == []
        assert made.inside() == "ben chen"
        if not failing.struck:
            break
    assert point > 10
