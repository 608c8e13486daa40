"""In what order an account's groups get its few calls."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes something: a rehearsed day."""

TEAM = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "b1 b2 b3")}
PAIR = {"night": ("00:00-08:00", "ana"), "day": ("08:00-24:00", "ben")}


def named(count: int) -> str:
    return " ".join(f"g{n:02d}" for n in range(count))


def chats(calls: list[Any]) -> list[str]:
    return [call["chat"] for call in calls]


@pytest.mark.slow
def test_every_group_has_somebody_on_duty_before_any_gets_a_second(day: Make) -> None:
    rehearsed = day(TEAM, groups=named(10), starts="07:59").until("08:02:30")
    added = chats(rehearsed.calls("add"))
    assert len(added) == 24
    assert len(set(added[:10])) == 10


@pytest.mark.slow
def test_the_first_addition_waits_for_no_other_groups_read(day: Make) -> None:
    slow = {"settings": {"latency": 1.0}}
    rehearsed = day(PAIR, groups=named(40), starts="07:50", world=slow).until("08:00:20")
    (first, second, *_) = rehearsed.calls("add")
    assert (first["at"] < "2026-01-05T08:00:03", second["at"] < "2026-01-05T08:00:05") == (
        True,
    ) * 2


@pytest.mark.slow
def test_what_is_proven_for_one_group_leaves_calls_to_the_others(day: Make) -> None:
    rehearsed = day(PAIR, groups=named(40), starts="07:50").until("08:07")
    assert all(rehearsed.inside(f"g{n:02d}") == "ben" for n in range(40))
    assert rehearsed.unlawful() == []
