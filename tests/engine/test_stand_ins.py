"""Where the chat refuses who is on duty, the next in order stands in, and nobody is pestered."""

from collections.abc import Callable
from datetime import date
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Every, IfAddFails, Turns

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

NEXT = (IfAddFails.NEXT, IfAddFails.TELL)


def desk(day: Make) -> Any:  # noqa: ANN401 - a rehearsed day
    order = Turns(("ben", "chen", "dora"), Every.DAY, 1, date(2026, 1, 5))
    shifts = {"night": ("00:00-08:00", "ana"), "late": ("08:00-16:00", order)}
    return day(shifts, starts="07:58", if_add_fails=NEXT)


def test_the_next_in_order_stands_in_for_who_is_refused(day: Make) -> None:
    found = desk(day)
    found.ask("POST", "people", {"phone": found.phone("ben"), "privacy": "contacts"})
    found.until("08:30")
    assert found.inside() == "chen"
    assert found.sent() == ["add ben", "add chen", "remove ana"]


@pytest.mark.slow
def test_when_all_are_refused_each_is_asked_once_and_the_last_agent_stays(day: Make) -> None:
    found = desk(day)
    for name in ("ben", "chen", "dora"):
        found.ask("POST", "people", {"phone": found.phone(name), "privacy": "contacts"})
    found.until("15:00")
    assert found.sent() == ["add ben", "add chen", "add dora"]
    assert found.inside() == "ana"
    assert found.measures["hot_retries"] == 0
