"""A ledger brought back from a backup is older than the world: nothing is sent before a word."""

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from rotation.core.holds import Hold
from rotation.ledger import RESTORED_AT

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""


def restored(day: Make) -> Any:  # noqa: ANN401 - a rehearsed day
    """Just before a handover the ledger turns out to have been restored."""
    found = day(starts="07:50")
    found.until("07:55")
    with found.by_hand() as books:
        books.meta.put(RESTORED_AT, "2026-01-05T07:55:00Z")
    return found


@pytest.mark.promise("F32")
def test_after_a_restore_groups_are_read_and_nothing_is_sent(day: Make) -> None:
    found = restored(day)
    found.until("08:30")
    assert found.sent() == []
    assert found.said() == []
    assert found.calls("group")
    assert found.holds() == {"main": Hold.RESTORED.value}


@pytest.mark.promise("F32")
def test_a_person_lets_the_restored_ledger_go_on(day: Make) -> None:
    found = restored(day)
    found.until("08:30")
    assert found.release(Hold.RESTORED.value) == "released"
    found.until("09:00")
    assert found.inside() == "ben"
    assert found.holds() == {}
    assert found.unlawful() == []
