"""cover, off, swap, extra and their undo: what they show, what they write, and that it is done."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import Change, PersonId, ShiftId, Turns
from rotation.ledger import Ledger
from rotation.sandbox import Request
from tests.cli.everyday.conftest import build_roster

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any
"""Likewise: an office whose daemon runs."""

ILL = ("cover", "chen", "--by", "dora", "--reason", "Chen is ill", "--author", "mara")
OFF = ("off", "emil", "--reason", "holiday", "--author", "mara")
SWAP = ("swap", "chen", "2026-01-07", "--with", "dora", "--for", "2026-01-08", "--reason", "x")


def changes(ledger: Ledger) -> tuple[Change, ...]:
    try:
        with ledger.reading() as books:
            return books.changes.all()
    finally:
        ledger.close()


def who(office: Office, day: int, hour: int) -> list[str]:
    """Who comes on duty in acme by the next handovers, as `rotation next` tells it."""
    at = office.at.replace(day=day, hour=hour)
    found = office.json("next", "acme", "--count", "1", at=at)
    return sorted(name.lower() for name in found["handovers"][0]["in"])


@pytest.mark.slow
@pytest.mark.promise("P-cover")
def test_whoever_is_ill_is_covered_at_once_and_the_roster_goes_on_by_itself(watch: Watch) -> None:
    found = watch.run(*ILL, "--yes")
    assert found.exit_code == 0, found.output
    assert "Mon 2026-01-05 12:00 to 16:00 Lisbon (12:00 to 16:00 UTC)  Dora instead of Chen" in (
        found.stderr
    )
    assert "Written down as c1; `rotation undo c1` ends it." in found.stdout
    watch.wait(watch.rehearsal.now + timedelta(minutes=8))
    assert watch.inside("acme") == {"dora", "mara"}
    assert watch.inside("bolt") == {"dora", "otto"}
    because = watch.office.text("explain", "dora", "acme", at=watch.rehearsal.now)
    assert "europe 2026-01-05 08:00-16:00 Lisbon (cover c1 by mara)" in because
    watch.wait(watch.rehearsal.now.replace(hour=16, minute=20))
    assert watch.inside("acme") == {"emil", "mara"}


@pytest.mark.slow
@pytest.mark.promise("E-9", "P-cover")
def test_both_are_told_of_a_change_once_and_again_when_it_is_undone(watch: Watch) -> None:
    watch.run(*ILL, "--yes")
    watch.wait(watch.rehearsal.now + timedelta(minutes=30))
    said = "Your duty has changed (cover by mara: Chen is ill):\n"
    assert heard(watch, "dora") == [f"{said}- on: Mon 2026-01-05 12:00 to 16:00 (UTC), for Chen"]
    assert heard(watch, "chen") == [
        f"{said}- off: Mon 2026-01-05 12:00 to 16:00 (UTC); Dora instead"
    ]
    watch.run("undo", "c1", "--yes", "--author", "otto")
    watch.wait(watch.rehearsal.now + timedelta(minutes=30))
    assert "cover undone by otto: undone" in heard(watch, "chen")[1]
    assert len(heard(watch, "dora")) == 2


def heard(watch: Watch, person: str) -> list[str]:
    phone = build_roster().people[PersonId(person)].phone
    path = f"/sandbox/messages?chat={phone.replace('+', '%2B')}"
    found = watch.rehearsal.world.handle(Request.to("GET", path, {}, b"")).body
    return [m["text"] for m in json.loads(found)["messages"] if m["sender"] is not None]


@pytest.mark.slow
def test_what_is_undone_is_as_the_roster_says_from_then_on(watch: Watch) -> None:
    watch.run(*ILL, "--yes")
    watch.wait(watch.rehearsal.now + timedelta(minutes=8))
    dry = watch.run("undo", "c1", "--dry-run")
    assert ("Chen instead of Dora" in dry.stderr, "a dry run" in dry.stdout) == (True, True)
    assert watch.inside("acme") == {"dora", "mara"}
    undone = watch.run("undo", "c1", "--yes", "--author", "mara")
    assert "Chen instead of Dora" in undone.stderr
    assert "c1 is ended." in undone.stdout
    watch.wait(watch.rehearsal.now + timedelta(minutes=8))
    assert watch.inside("acme") == {"chen", "mara"}
    again = watch.run("undo", "c1", "--yes", "--author", "mara")
    assert "c1 has ended already, so nothing is new." in again.stdout


def test_a_dry_run_says_who_is_on_duty_when_and_writes_nothing(office: Office) -> None:
    found = office.run(*OFF, "--from", "2026-01-05", "--until", "2026-01-09", "--dry-run")
    assert found.exit_code == 0, found.output
    lines = [line for line in found.stderr.splitlines() if "Emil" in line]
    assert len(lines) == 3, "every second day is his"
    assert "Mon 2026-01-05 11:00 to 19:00 New York (16:00 to 00:00 UTC)  Fay instead of Emil" in (
        found.stderr
    )
    assert changes(office.ledger()) == ()


def test_a_dry_run_says_what_would_be_refused(office: Office) -> None:
    found = office.run(*OFF, "--from", "2026-01-06", "--dry-run")
    assert found.exit_code == 1
    assert "This would be refused: nobody's duty would change: Emil is not on duty then" in (
        found.stdout
    )
    told = office.json(*OFF, "--from", "2026-01-06", "--dry-run", ends=1)
    assert told["done"] is False
    assert told["problems"]


def test_a_trade_is_shown_and_one_that_cannot_be_is_said(office: Office) -> None:
    swapped = (*OFF, "--turn", "swap", "--dry-run")
    can = office.run(*swapped, "--from", "2026-01-07").stderr
    assert "Fay instead of Emil" in can
    assert "Emil instead of Fay" in can
    assert "No turn can be traded" not in can
    begun = office.run(*swapped, "--from", "2026-01-05").stderr
    assert "No turn can be traded, so the next in order stands in." in begun


def test_time_off_that_leaves_nobody_says_so(office: Office) -> None:
    held = (*OFF, "--from", "2026-01-05", "--turn", "hold", "--yes")
    found = office.run(*held)
    assert "nobody instead of Emil" in found.stderr
    assert "Nobody comes instead in 3 stretches, first in acme: Mon 2026-01-05 11:00" in (
        found.stderr
    )
    (made,) = changes(office.ledger())
    assert (made.first, made.last, made.turn) == (date(2026, 1, 5), date(2026, 1, 5), "hold")


@pytest.mark.promise("E-9")
def test_a_swap_is_of_these_two_shifts(office: Office) -> None:
    assert office.run(*SWAP, "--yes", "--author", "mara").exit_code == 0
    assert [who(office, day, 3) for day in (6, 7, 8, 9)] == [["dora"], ["dora"], ["chen"], ["chen"]]
    rows = office.json("changes")["changes"]
    assert rows[0]["occurrence"] == "europe/2026-01-07/0"
    assert rows[0]["void"] is None


@pytest.mark.promise("E-9")
def test_a_swap_of_a_shift_that_went_another_way_is_shown_as_void(office: Office) -> None:
    office.run(*SWAP, "--yes", "--author", "mara")
    roster = build_roster()
    europe = roster.shifts[ShiftId("europe")]
    assert isinstance(europe.turns, Turns)
    turned = replace(europe.turns, order=(PersonId("dora"), PersonId("chen")))
    other = replace(roster, shifts={**roster.shifts, europe.id: replace(europe, turns=turned)})
    ledger = office.ledger()
    with ledger.writing() as books:
        books.rosters.adopt(other, "fedcba987654", office.at, "2026b")
    ledger.close()
    assert "VOID: chen is not on duty in europe on 2026-01-07" in office.text("changes")


def test_somebody_extra_is_on_duty_as_well(office: Office) -> None:
    extra = ("extra", "aiko", "--shift", "europe", "--from", "2026-01-06", "--reason", "busy")
    found = office.run(*extra, "--yes", "--author", "mara")
    assert "Aiko as well" in found.stderr
    assert who(office, 6, 3) == ["aiko", "dora"]
    there = (*extra[:1], "dora", *extra[2:])
    assert "Dora is on duty then, or europe is not served" in office.run(*there, "--yes").output


def test_the_same_asked_twice_is_done_once(office: Office) -> None:
    for asked in (
        ILL,
        (*OFF, "--from", "2026-01-05", "--until", "2026-01-07"),
        (*SWAP, "--author", "mara"),
    ):
        first = office.json(*asked, "--yes")
        again = office.json(*asked, "--yes", at=office.at + timedelta(minutes=1))
        assert (first["new"], again["new"]) == (True, False)
        assert first["change"] == again["change"]
    assert len(changes(office.ledger())) == 3


def test_without_a_yes_nothing_is_done(office: Office) -> None:
    assert office.run(*ILL).exit_code == 2
    assert changes(office.ledger()) == ()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("cover", "chen", "--by", "chen"), "Chen cannot stand in for themselves"),
        (("cover", "otto", "--by", "chen"), "Otto is on no duty in the coming month"),
        (
            ("cover", "chen", "--by", "dora", "--from", "2026-01-01", "--until", "2026-01-02"),
            "in the past",
        ),
        (
            ("off", "chen", "--from", "2026-01-09", "--until", "2026-01-08"),
            "it would end before it begins",
        ),
        (("off", "chen", "--from", "2026-01-09", "--until", "2099-01-08"), "400 days at most"),
        (
            ("off", "chen", "--from", "2026-01-06 08:00 Europe/Lisbon", "--until",
             "2026-01-06 12:00 Europe/Lisbon"),
            "Chen is not on duty then; their next duty begins Mon 2026-01-05 12:00Z",
        ),
        (
            ("swap", "chen", "2026-01-06", "--with", "dora", "--for", "2026-01-08"),
            "Chen has no shift that starts on 2026-01-06",
        ),
        (
            ("swap", "chen", "2026-01-03", "--with", "dora", "--for", "2026-01-08"),
            "Chen has no shift that starts on 2026-01-03",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_with_the_reason(
    office: Office, asked: tuple[str, ...], why: str
) -> None:
    found = office.run(*asked, "--reason", "x", "--yes", "--author", "mara")
    assert found.exit_code == 1, found.output
    assert why in found.output.replace("\n", " ")
    assert changes(office.ledger()) == ()


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (("off", "chen", "--from", "2026-01-06", "--until", "2026-01-06 12:00 UTC"), "one end is"),
        (("off", "chen", "--from", "2026-02-30"), "`2026-02-30` is no date"),
        (("off", "chen", "--from", "yesterday"), "the time `yesterday` is no date and time"),
        (("off", "nobody-here"), "there is no person `nobody-here`"),
        (("off", "chen", "--shift", "europ"), "Did you mean `europe`?"),
        (("swap", "chen", "soon", "--with", "dora", "--for", "2026-01-08"), "`soon` is no date"),
        (("undo", "c99"), "there is nothing called `c99` to undo"),
        (
            ("handover", "acme", "--in", "dora", "--until", "2026-03-29 01:30 Europe/Lisbon"),
            "never comes, since clocks jump over it",
        ),
        (
            ("off", "chen", "--from", "2026-03-29 01:30 Europe/Lisbon", "--until",
             "2026-03-29 08:00 Europe/Lisbon"),
            "never comes, since clocks jump over it",
        ),
    ],
)  # fmt: skip
def test_what_nobody_can_mean_is_named_with_the_fix(
    office: Office, asked: tuple[str, ...], why: str
) -> None:
    found = office.run(*asked, "--reason", "x", "--yes", "--author", "mara")
    assert found.exit_code == 2, found.output
    assert why in found.output.replace("\n", " ")


def test_a_leaver_covers_nobody(office: Office) -> None:
    office.run("wipe", "dora", "--reason", "left", "--author", "mara", "--yes", "--no-wait")
    found = office.run(*ILL, "--yes")
    assert found.exit_code == 1
    assert "Dora is a leaver: never added" in found.output


def test_each_change_and_its_end_and_what_was_refused_stand_in_the_trail(office: Office) -> None:
    office.run(*ILL, "--yes")
    office.run("undo", "c1", "--yes", "--author", "otto", "--reason", "well again")
    office.run("cover", "chen", "--by", "chen", "--reason", "x", "--yes", "--author", "mara")
    told = [entry["text"] for entry in office.json("history")["entries"][:3]]
    assert "a command was refused: cover" in told[0]
    assert "a change of duty was undone: cover of Chen" in told[1]
    assert "well again" in told[1]
    assert "duty was changed: cover of Chen" in told[2]
    assert "Chen is ill" in told[2]


def test_the_lists_show_what_can_be_undone(office: Office) -> None:
    assert "(none)" in office.text("changes")
    office.run(*ILL, "--yes")
    listed = office.text("undo")
    assert "Changes of duty" in listed
    assert "c1  acme, bolt, trial  cover  Dora for Chen" in listed
    assert office.json("undo")["can_be_undone"][0]["id"] == "c1"
    office.run("undo", "c1", "--yes", "--author", "mara")
    assert "c1" not in office.text("changes")
    assert "ended 2026-01-05 12:00Z" in office.text("changes", "--all")


def test_json_is_one_object_also_when_it_is_refused(office: Office) -> None:
    found = office.run("cover", "chen", "--by", "chen", "--reason", "x", "--yes", "--json",
                       "--author", "mara")  # fmt: skip
    assert found.exit_code == 1
    assert json.loads(found.stdout)["problems"] == ["Chen cannot stand in for themselves"]
