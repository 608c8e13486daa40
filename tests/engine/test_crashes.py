"""The daemon dies at every instant at which dying makes a difference, and is started anew."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections import Counter
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Goodbye

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
Mortal: TypeAlias = Callable[..., Any]
"""When the daemon dies."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


def handover(day: Make, death: Any = None) -> Any:  # noqa: ANN401 - a rehearsed day
    """One handover with a notice: started 30 s before it, until all has settled."""
    return day(starts="07:59:30", death=death, goodbye=GOODBYE).until("08:08")


def ends(day: Any) -> tuple[object, ...]:  # noqa: ANN401 - a rehearsed day
    """What must be the same whatever happened on the way."""
    seats = {p: (s.seen, s.op, s.strikes) for p, s in day.seats().items()}
    with day.books() as books:
        rows = [(r.at, r.proven_at is not None) for r in books.handovers.of()]
    return day.inside(), day.settled(), seats, rows, day.holds()


def converges(dead: Any, alive: Any) -> None:  # noqa: ANN401 - rehearsed days
    assert ends(dead) == ends(alive)
    assert dead.unlawful() == []
    assert max(Counter(dead.said()).values(), default=0) <= 1
    assert max(Counter(dead.sent()).values()) <= 1
    closed = [r.kind for r in dead.audit("added", "removed", "late_add", "late_removal")]
    assert sorted(closed) == ["added", "removed"]


@pytest.mark.slow
@pytest.mark.promise("C2", "S10", "A1")
def test_E_2_a_crash_after_any_commit_ends_where_no_crash_would(day: Make, death: Mortal) -> None:
    alive = handover(day)
    points = alive.death.commits
    assert points > 15
    for point in range(1, points + 1):
        converges(handover(day, death(at_commits=[point])), alive)


@pytest.mark.slow
@pytest.mark.promise("C2", "S13", "F36")
def test_E_2_a_crash_after_any_call_and_before_its_commit_ends_where_no_crash_would(
    day: Make, death: Mortal
) -> None:
    alive = handover(day)
    points = alive.death.answers
    assert points > 6
    for point in range(1, points + 1):
        converges(handover(day, death(at_answers=[point])), alive)


@pytest.mark.slow
@pytest.mark.promise("C2")
@pytest.mark.parametrize("later", [1, 3])
def test_a_crash_while_recovering_from_a_crash_ends_where_no_crash_would(
    day: Make, death: Mortal, later: int
) -> None:
    alive = handover(day)
    for point in range(1, alive.death.commits + 1):
        converges(handover(day, death(at_commits=[point, point + later])), alive)
