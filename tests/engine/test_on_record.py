"""What becomes somebody's business is a record, once, so that other systems can be told of it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Mode

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""
LASTING = ("hold_opened", "hold_closed", "removal_overdue")


def told(day: Any, *kinds: str) -> list[tuple[str, str]]:  # noqa: ANN401 - a rehearsed day
    """Which records there are, and about what."""
    found = day.audit(*kinds)
    return [(r.kind, str(r.detail.get("hold", r.person or ""))) for r in found]


@pytest.mark.promise("P-trail")
def test_a_proven_handover_is_on_record_once_with_who_came_and_went(day: Make) -> None:
    rehearsed = day().until("07:59")
    boundary = rehearsed.at("08:00")
    rehearsed.until("08:30")
    standing, done = rehearsed.audit("handover_done")
    assert standing.detail["in"] == ["ana"], "the one that the daemon found as it began"
    assert (done.group, done.person) == ("desk", None)
    assert done.detail["in"] == ["ben"]
    assert done.detail["out"] == ["ana"]
    assert done.detail["at"] == boundary.isoformat()
    assert 0 < int(str(done.detail["took"])) < 60
    assert told(rehearsed, *LASTING) == [], "a hold of a few seconds is nobody's business"
    assert rehearsed.holds() == {}


@pytest.mark.promise("P-trail")
def test_a_hold_that_lasts_is_on_record_as_it_opens_and_as_it_closes(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:59")
    boundary = rehearsed.at("08:00")
    rehearsed.human("demote", "us")
    rehearsed.until("08:20")
    assert told(rehearsed, *LASTING) == [("hold_opened", "not_admin")]
    (opened,) = rehearsed.audit("hold_opened")
    assert (opened.group, opened.detail) == ("desk", {"account": "main", "hold": "not_admin"})
    assert timedelta(minutes=3) <= opened.at - boundary <= timedelta(minutes=5)
    rehearsed.human("promote", "us")
    rehearsed.until("09:00")
    assert told(rehearsed, *LASTING) == [("hold_opened", "not_admin"), ("hold_closed", "not_admin")]
    with rehearsed.books() as books:
        closed_at = [
            h.closed_at for h in books.holds.since(boundary) if h.item.hold.value == "not_admin"
        ]
    assert [rehearsed.audit("hold_closed")[0].at] == closed_at, "by whoever settles it, at once"


@pytest.mark.promise("P-trail")
def test_a_removal_that_is_overdue_is_on_record_once_however_long_it_takes(day: Make) -> None:
    rehearsed = day(tell="mara").until("07:59")
    rehearsed.fault("error_before", on=["remove"])
    rehearsed.until("09:30")
    assert told(rehearsed, *LASTING) == [("removal_overdue", "ana")]
    (late,) = rehearsed.audit("removal_overdue")
    since = datetime.fromisoformat(str(late.detail["since"]))
    assert late.at - since <= timedelta(minutes=5)
    rehearsed.heal()
    rehearsed.until("10:00")
    assert told(rehearsed, *LASTING, "removed") == [("removal_overdue", "ana"), ("removed", "ana")]


@pytest.mark.promise("P-trail")
def test_an_overdue_removal_that_a_hold_explains_meanwhile_is_not_overdue_once_more(
    day: Make,
) -> None:
    rehearsed = day(tell="mara").until("07:59")
    rehearsed.fault("error_before", on=["remove"])
    rehearsed.until("08:20")
    rehearsed.human("demote", "us")
    rehearsed.until("08:50")
    rehearsed.human("promote", "us")
    rehearsed.until("09:40")
    assert told(rehearsed, *LASTING) == [
        ("removal_overdue", "ana"), ("hold_opened", "not_admin"), ("hold_closed", "not_admin"),
    ]  # fmt: skip


@pytest.mark.promise("P-trail")
@pytest.mark.parametrize("mode", [Mode.MANAGED, Mode.WATCH])
def test_that_nobody_on_duty_is_in_any_more_is_on_record_as_the_read_shows_it(
    day: Make, mode: Mode
) -> None:
    rehearsed = day(mode=mode, starts="08:30").until("09:00")
    rehearsed.human("remove", "ben")
    rehearsed.until("09:30")
    if mode is Mode.WATCH:
        assert rehearsed.audit("cover_lost") == []
        return
    (lost,) = rehearsed.audit("cover_lost")
    assert (lost.person, lost.detail["gone"]) == ("ben", ["ben"])
    assert rehearsed.inside() == "ben", "who is on duty is added again"
    rehearsed.human("remove", "ben")
    rehearsed.until("10:00")
    assert len(rehearsed.audit("cover_lost")) == 2


def test_while_somebody_else_on_duty_is_in_no_cover_is_lost(day: Make) -> None:
    rehearsed = day({"all": ("00:00-24:00", "ana ben")}).until("09:00")
    rehearsed.human("remove", "ben")
    rehearsed.until("09:30")
    assert rehearsed.audit("cover_lost") == []
