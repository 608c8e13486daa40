"""forget: who may be forgotten, what is erased and what stays, also after a restore."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Effect
from rotation.core.roster import GroupId, PersonId

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""

WHY = ("--reason", "asked for erasure", "--author", "mara")
FAY = PersonId("fay")


def lets_go(office: Office, who: PersonId = FAY) -> None:
    """The roster in force names somebody no more, and a read has shown them in no group."""
    ledger = office.ledger()
    with ledger.writing() as books:
        known = books.rosters.in_force()
        assert known is not None
        roster = known[1]
        people = {p: one for p, one in roster.people.items() if p != who}
        shifts = {
            name: replace(shift, turns=replace(shift.turns, order=tuple(
                p for p in shift.turns.order if p != who
            )))
            for name, shift in roster.shifts.items()
        }  # fmt: skip
        books.rosters.adopt(replace(roster, people=people, shifts=shifts), "less", office.at, "26c")
        for group in books.seats.of_person(who):
            books.seats.drop(group, who)
    ledger.close()


def name(office: Office, who: PersonId = FAY) -> str:
    ledger = office.ledger()
    try:
        with ledger.reading() as books:
            return books.people.all()[who].name
    finally:
        ledger.close()


@pytest.mark.promise("P-forget")
def test_whoever_is_needed_can_not_be_forgotten_and_it_says_what_to_do_first(
    office: Office,
) -> None:
    found = office.run("forget", "chen", *WHY, "--yes")
    assert (found.exit_code, found.stdout) == (1, "")
    assert "chen: they are in the roster in force. Take them out of the roster's" in found.stderr
    assert "they are in acme, bolt. Take them out, by `rotation wipe chen`" in found.stderr
    ledger = office.ledger()
    with ledger.writing() as books:
        books.grants.make(
            group=GroupId("acme"), person=PersonId("fay"), effect=Effect.IN,
            starts=office.at + timedelta(hours=1), until=None, duty=False, reason="",
            author="mara", now=office.at,
        )  # fmt: skip
        books.leavers.mark(FAY, "mara", "left", office.at)
        (refused,) = books.audit.list(kind="refused")
    ledger.close()
    assert (refused.person, refused.detail["command"]) == ("chen", "forget")
    plain = office.json("forget", "fay", "--dry-run")["in_the_way"]
    assert [one["why"] for one in plain][-2:] == [
        "a wipe of them is not proven yet", "they are let in or kept out by hand (1 in acme)",
    ]  # fmt: skip
    assert office.run("forget", "+351 900 000 001", *WHY, "--yes").exit_code == 1
    assert office.run("forget", "fray", *WHY, "--yes").exit_code == 2


@pytest.mark.promise("P-forget")
def test_it_says_what_was_erased_and_what_stays(office: Office) -> None:
    lets_go(office)
    text = office.text("forget", "fay", "--dry-run")
    assert text == "Nothing is in the way. fay is still known.\n"
    assert office.run("forget", "fay", *WHY).exit_code == 2, "nobody was asked"
    assert name(office) == "Fay"
    said = office.text("forget", "Fay", *WHY, "--yes").splitlines()
    assert said[0] == "fay is forgotten: 1 number or hidden id"
    assert said[1] == "  in 1 stored roster the name and what stood beside it"
    assert said[-2].startswith("  the key in ")
    assert name(office) == ""
    assert "fay was forgotten" in office.text("history")
    again = office.json("forget", "fay", *WHY, "--yes")
    assert (again["forgotten"], again["ids"], again["rosters"]) == (True, 0, 0)


@pytest.mark.promise("P-forget")
def test_a_backup_brings_nobody_back_who_was_forgotten(office: Office) -> None:
    lets_go(office)
    backup = office.folder / "yesterday.db"
    office.text("backup", str(backup))
    office.text("forget", "fay", *WHY, "--yes")
    office.text("restore", str(backup), "--yes")
    assert name(office) == ""
