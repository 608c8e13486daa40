"""A group that is over: its message once, then everyone but the kept, and back until the last."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Closing, Kind, Seen
from rotation.core.reason import Reason
from rotation.core.roster import Admins, GroupId
from rotation.engine import farewell
from rotation.wiring.example import OWN_PHONE

Day: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Make = Callable[..., Any]

DESK, MESSAGE = GroupId("desk"), "Thank you all, we are done."


def close(day: Day, *, everyone: bool = False) -> Closing:
    closing = Closing(DESK, MESSAGE, everyone, "mara", "project over", day.now)
    with day.by_hand() as books:
        farewell.close(books, closing)
    day.over["desk"] = everyone
    day.managed += [str(who.phone) for who in day.roster.people.values()]
    day.tell_judge()
    return closing


@pytest.mark.promise("P-moved", "A1", "S13")
def test_its_message_is_said_once_and_then_everyone_but_the_kept_leaves(
    day: Make, make_roster: Make
) -> None:
    roster = make_roster(always_in="mara", pins="emil", others="dora emil fay mara")
    rehearsed = day(roster, inside="ben emil mara", starts="08:02").until("08:05")
    customers = rehearsed.members() - {rehearsed.phone(p) for p in roster.people}
    rehearsed.grant("dora")
    rehearsed.until("08:10")
    rehearsed.human("add", "fay")  # by hand, and nobody has read the group since
    closed = rehearsed.at(-timedelta(seconds=1)).isoformat()
    close(rehearsed)
    rehearsed.until("08:15")
    assert rehearsed.inside() == "mara"
    assert customers <= rehearsed.members()
    assert rehearsed.said() == [MESSAGE]
    gone = rehearsed.audit("removed")
    assert {r.person for r in gone} == {"ben", "dora", "emil", "fay"}
    assert {(r.reason, r.origin) for r in gone} == {(Reason.CLOSED, "mara by hand")}
    assert next(c["kind"] for c in rehearsed.calls("text", "remove") if c["at"] > closed) == "text"
    assert rehearsed.audit("emptied")
    rehearsed.until("20:00")
    assert rehearsed.sent("add", since=rehearsed.at(-timedelta(hours=11))) == []
    assert rehearsed.holds() == {}
    assert rehearsed.said() == [MESSAGE]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-moved", "S2")
@pytest.mark.parametrize("admins", list(Admins))
def test_everyone_means_customers_too_but_neither_the_creator_nor_protected_admins(
    day: Make, admins: Admins
) -> None:
    def founded(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        group = world["groups"][0]
        group["members"].append(group["creator"])

    rehearsed = day(admins=admins, change=founded).until("08:05")
    creator = rehearsed.ask("GET", "state")["groups"][rehearsed.chat()]["creator"]
    before = rehearsed.members()
    rehearsed.human("promote", "ben")
    rehearsed.until("08:10")
    close(rehearsed, everyone=True)
    rehearsed.until("08:20")
    protected = {rehearsed.phone("ben")} if admins is Admins.PROTECT else set()
    assert before - rehearsed.members() == before - {creator, OWN_PHONE} - protected
    assert len(before) == 4
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-moved")
def test_until_the_last_has_left_it_can_be_opened_again_and_everybody_is_back(day: Make) -> None:
    rehearsed = day().until("08:05")
    closing = close(rehearsed)
    rehearsed.until("08:06")
    assert rehearsed.inside() == ""
    rehearsed.over.clear()
    with rehearsed.by_hand() as books:
        known = books.closings.of(DESK)
        assert known is not None
        farewell.reopen(books, replace(closing), ("otto", "not yet"), rehearsed.now)
    rehearsed.tell_judge()
    assert rehearsed.until("08:10").inside() == "ben"
    assert rehearsed.until("16:05").inside() == "chen"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-moved", "S10")
def test_a_daemon_that_dies_anywhere_says_it_at_most_once_and_removes_nobody_before(
    day: Make, death: Make
) -> None:
    def lived(*at_commits: int) -> tuple[Day, int]:
        rehearsed = day(death=death(at_commits), starts="08:04").until("08:05")
        before = rehearsed.death.commits
        close(rehearsed)
        return rehearsed.until("08:10"), before

    unharmed, before = lived()
    for at in range(before + 1, unharmed.death.commits + 1):
        rehearsed, _ = lived(at)
        rehearsed.until("08:20")
        assert rehearsed.inside() == "", at
        assert rehearsed.said() in ([], [MESSAGE]), at
        assert rehearsed.unlawful() == [], at


@pytest.mark.promise("A1", "A4")
def test_a_removal_of_before_that_a_stale_list_did_not_show_stays_ours(day: Make) -> None:
    rehearsed = day(inside="ben", starts="15:59").until("16:00")
    while not rehearsed.attempts(Kind.REMOVE):
        rehearsed.after(seconds=0.1)
    rehearsed.fault("stale_list", seconds=60)
    rehearsed.after(seconds=20)
    assert rehearsed.seats()["ben"].seen is Seen.IN
    rehearsed.heal()
    close(rehearsed)
    rehearsed.after(minutes=5)
    assert [r.kind for r in rehearsed.audit(person="ben")] == ["removed"]
    assert rehearsed.unlawful() == []
