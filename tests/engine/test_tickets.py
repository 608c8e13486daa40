"""People let in by hand for a while or for a ticket: in, out again for that reason, and back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Grant
from rotation.core.reason import Reason
from rotation.core.roster import Goodbye, GroupId, Mode, PersonId, Phone, Roster
from rotation.engine import tickets
from rotation.engine.tickets import EXPERT

Day: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Make = Callable[..., Any]

DESK, ZOE = GroupId("desk"), "+491511000001"
BY = "mara", "billing"
SPOKEN = Goodbye({("", ""): "{names} sign off.", ("ticket", ""): "{names} solved it."})


def with_zoe(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
    world["people"].append({"phone": ZOE, "name": "Zoe"})


def let_in(day: Day, who: str, until: str | None = None, ticket: str = "") -> Grant:
    """Mara lets somebody in; a number is Zoe's."""
    with day.by_hand() as books:
        person = books.people.guest(Phone(who), "Zoe", day.now) if who == ZOE else PersonId(who)
        ends = None if until is None else day.at(until)
        made = tickets.let_in(books, DESK, person, ends, ticket, BY, day.now)
    day.given.append(replace(made, person=PersonId(who)))
    day.tell_judge()
    return made


def resolve(day: Day, ticket: str, role: str = EXPERT) -> None:
    view = day.rehearsal.engine.view(DESK)
    with day.by_hand() as books:
        tickets.resolve(books, view, ticket, role, ("otto", "fixed"), day.now)
    known = day.given
    day.given[:] = [replace(g, ended_at=day.now) if g.ticket == ticket else g for g in known]
    day.tell_judge()


def reopen(day: Day, ticket: str) -> tuple[Grant, ...]:
    view = day.rehearsal.engine.view(DESK)
    with day.by_hand() as books:
        made: tuple[Grant, ...] = tickets.reopen(books, view, ticket, ("otto", "again"), day.now)
    names = {g.person: g for g in made}
    day.given += [replace(g, person=PersonId(ZOE if p.startswith("x-") else p))
                  for p, g in names.items()]  # fmt: skip
    day.tell_judge()
    return made


def experts(roster: Roster, **roles: str) -> Roster:
    people = {p: replace(who, role=roles.get(p)) for p, who in roster.people.items()}
    return replace(roster, people=people)


@pytest.mark.slow
@pytest.mark.promise("P-grant", "S1", "S6")
@pytest.mark.parametrize("mode", [Mode.MANAGED, Mode.STRICT])
def test_somebody_of_no_roster_is_in_until_the_grant_ends_and_counts_for_nothing(
    day: Make, mode: Mode
) -> None:
    rehearsed = day(change=with_zoe, mode=mode).until("07:40")
    let_in(rehearsed, ZOE, "09:00")
    rehearsed.until("08:59")
    assert ZOE in rehearsed.members()
    assert rehearsed.inside() == "ben"
    rehearsed.until("09:03")
    assert ZOE not in rehearsed.members()
    (removed,) = [r for r in rehearsed.audit("removed") if r.reason is Reason.OVERRIDE_END]
    assert removed.origin == "mara by hand"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-grant", "S3")
def test_nobody_goes_because_somebody_is_let_in_who_is_not_on_duty(day: Make) -> None:
    rehearsed = day(inside="ana", change=with_zoe).until("07:40")
    rehearsed.fault("error_before", on=["add"], chance=1.0, ends=rehearsed.at("09:00").isoformat())
    rehearsed.until("07:50")
    let_in(rehearsed, "dora", "10:00")
    rehearsed.until("08:30")
    assert rehearsed.sent("remove") == []
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-ticket", "A1", "S13")
def test_a_resolved_ticket_takes_its_people_out_after_their_goodbye(day: Make) -> None:
    rehearsed = day(change=with_zoe, goodbye=SPOKEN).until("08:10")
    let_in(rehearsed, ZOE, ticket="OPS-7")
    let_in(rehearsed, "dora", "18:00", ticket="OPS-7")
    rehearsed.until("12:00")
    assert rehearsed.inside() == "ben dora"
    said = len(rehearsed.said())
    resolve(rehearsed, "OPS-7")
    rehearsed.until("12:03")
    assert rehearsed.inside() == "ben"
    assert ZOE not in rehearsed.members()
    assert rehearsed.said()[said:] == ["Dora and Zoe solved it."]
    gone = [r for r in rehearsed.audit("removed") if r.at >= rehearsed.at(-timedelta(minutes=5))]
    assert {r.reason for r in gone} == {Reason.TICKET}
    assert {r.origin for r in gone} == {"ticket OPS-7 by mara"}
    assert len(gone) == 2
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-ticket")
def test_experts_added_by_hand_go_too_and_everybody_else_stays(
    day: Make, make_roster: Make
) -> None:
    """The expert on duty, the account manager, another agent and the customer stay."""
    roster = make_roster(always_in="mara", others="dora emil fay mara")
    roster = experts(
        roster, dora="SAP expert", emil="Expert, billing", ben="expert", mara="account manager"
    )
    rehearsed = day(roster, inside="ben mara").until("08:10")
    let_in(rehearsed, "dora", ticket="OPS-7")
    rehearsed.until("08:20")
    customers = rehearsed.members() - {rehearsed.phone(p) for p in roster.people}
    rehearsed.human("add", "fay")
    rehearsed.until("11:59")
    rehearsed.human("add", "emil")  # nobody has read the group since
    resolve(rehearsed, "OPS-7")
    rehearsed.managed.append(rehearsed.phone("emil"))
    rehearsed.tell_judge()
    rehearsed.until("12:03")
    assert rehearsed.inside() == "ben fay mara"
    assert customers <= rehearsed.members()
    gone = [r for r in rehearsed.audit("removed") if r.person in {"dora", "emil"}]
    assert [r.reason for r in gone] == [Reason.TICKET, Reason.TICKET]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-ticket")
def test_an_expert_whom_another_open_ticket_lets_in_stays(day: Make, make_roster: Make) -> None:
    rehearsed = day(experts(make_roster(), dora="expert")).until("08:10")
    let_in(rehearsed, "dora", ticket="OPS-7")
    let_in(rehearsed, "dora", ticket="OPS-8")
    rehearsed.until("09:00")
    resolve(rehearsed, "OPS-7")
    assert rehearsed.until("10:00").inside() == "ben dora"
    assert rehearsed.sent("remove", since=rehearsed.at(-timedelta(hours=1))) == []
    resolve(rehearsed, "OPS-8")
    assert rehearsed.until("10:03").inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-ticket", "S5")
def test_a_reopened_ticket_lets_in_again_whom_it_still_may(day: Make, make_roster: Make) -> None:
    """Not who was to be in until an instant that has passed, and never a leaver."""
    roster = experts(make_roster(others="dora emil fay gina mara"), emil="expert")
    rehearsed = day(roster, change=with_zoe).until("08:10")
    for who in (ZOE, "dora", "gina"):
        let_in(rehearsed, who, ticket="OPS-7")
    let_in(rehearsed, "fay", "10:00", ticket="OPS-7")
    let_in(rehearsed, "emil", "15:00")  # by hand, for no ticket
    assert rehearsed.until("09:00").inside() == "ben dora emil fay gina"
    resolve(rehearsed, "OPS-7")
    rehearsed.given[:] = [replace(g, ended_at=rehearsed.now) for g in rehearsed.given]
    rehearsed.tell_judge()
    assert rehearsed.until("09:05").inside() == "ben"
    with rehearsed.by_hand() as books:
        books.leavers.mark(PersonId("gina"), "otto", "left", rehearsed.now)
    rehearsed.until("11:00")
    back = reopen(rehearsed, "OPS-7")
    assert {g.person for g in back if not g.person.startswith("x-")} == {"dora", "emil"}
    rehearsed.until("11:05")
    assert rehearsed.inside() == "ben dora emil"
    assert ZOE in rehearsed.members()
    assert rehearsed.until("15:03").inside() == "ben dora"
    resolve(rehearsed, "OPS-7")
    rehearsed.until("15:06")
    assert rehearsed.inside() == "ben"
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-ticket", "C4")
def test_what_ended_long_ago_is_still_the_reason_for_a_removal_that_was_held_up(
    day: Make,
) -> None:
    """For nine days no daemon runs: by then nothing looks back at the grant by itself."""
    rehearsed = day(change=with_zoe).until("08:10")
    let_in(rehearsed, ZOE, ticket="OPS-7")
    rehearsed.until("08:20")
    resolve(rehearsed, "OPS-7")
    rehearsed.down(timedelta(days=9)).after(minutes=5)
    assert ZOE not in rehearsed.members()
    gone = [r for r in rehearsed.audit("removed") if r.person.startswith("x-")]
    assert [r.reason for r in gone] == [Reason.TICKET]
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-ticket", "S10", "A1")
def test_a_daemon_that_dies_anywhere_while_a_ticket_ends_takes_everybody_out_once(
    day: Make, make_roster: Make, death: Make
) -> None:
    roster = experts(make_roster(), dora="expert", mara="expert")

    def lived(*at_commits: int) -> tuple[Day, int]:
        """A day in which the ticket was resolved, and how many commits there were before that."""
        rehearsed = day(roster, starts="08:10", death=death(at_commits), goodbye=SPOKEN)
        let_in(rehearsed, "dora", ticket="OPS-7")
        rehearsed.until("08:20").human("add", "mara")
        rehearsed.managed.append(rehearsed.phone("mara"))
        before = rehearsed.death.commits
        resolve(rehearsed, "OPS-7")
        return rehearsed.until("08:24"), before

    unharmed, before = lived()
    for at in range(before + 1, unharmed.death.commits + 1):
        rehearsed, _ = lived(at)
        rehearsed.until("08:30")
        assert rehearsed.inside() == "ben", at
        assert len([r for r in rehearsed.audit("removed") if r.reason is Reason.TICKET]) == 2, at
        assert len(rehearsed.said()) == len(set(rehearsed.said())), at
        assert rehearsed.unlawful() == [], at
