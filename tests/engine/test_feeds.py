"""A list of leavers that is in the way: people hear of it once, soon, and of its end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.engine import feeds
from rotation.engine.feeds import LEAVERS, Refusal, Standing

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
SOON = timedelta(minutes=1)
WHY = Refusal("empty", "leavers.csv names nobody", "ask whoever writes it")


@pytest.mark.parametrize("just_before", [3, 60])
def test_it_is_told_once_and_soon_and_so_is_its_end(day: Make, just_before: int) -> None:
    """Also where it was looked for what is to be told just before."""
    rehearsed = day(tell="mara").until("07:20")
    with rehearsed.by_hand():
        """Nothing is written; the daemon looks around."""
    rehearsed.after(seconds=just_before)
    before = Standing("address")
    with rehearsed.by_hand() as books:
        told = ("leavers", "list of hr", "")
        feeds.refused(books, LEAVERS, before, WHY, told, rehearsed.now)
    began = rehearsed.now
    rehearsed.until("11:30")
    (told,) = (e for e in rehearsed.events("alarm") if "names nobody" in e.text)
    assert told.at - began <= SOON
    assert "To do: ask whoever writes it." in told.text
    with rehearsed.by_hand() as books:
        known = feeds.standing(books, LEAVERS)
        feeds.taken(books, LEAVERS, known, before, rehearsed.now)
    over = rehearsed.now
    rehearsed.until("15:30")
    (ended,) = (e for e in rehearsed.events("alarm") if "read again" in e.text)
    assert ended.at - over <= SOON
