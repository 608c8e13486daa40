"""grant, grants, resolve and reopen: what they say, what they write, and what they refuse."""

from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Grant
from rotation.core.roster import PersonId

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any

ZOE = "+49 1511 000001"
WHY = ("--reason", "knows the billing", "--yes")
BEN = ("grant", "acme", "--person", "ben", "--ticket", "OPS-7", *WHY)
NEW = ("grant", "acme", "--person", ZOE, "--name", "Zoe", "--until", "2026-01-05T15:00Z", *WHY)


def grants(office: Office) -> list[Grant]:
    ledger = office.ledger()
    try:
        with ledger.reading() as books:
            return list(books.grants.all())
    finally:
        ledger.close()


def test_a_grant_says_what_it_does_before_it_acts(office: Office) -> None:
    found = office.run(*BEN)
    assert found.stderr == (
        "Ben joins acme now until ticket OPS-7 is resolved;"
        " they are not on duty, and nobody leaves for it.\n"
    )
    assert "Written down as g1; `rotation undo g1` ends it." in found.stdout
    (made,) = grants(office)
    assert (made.person, made.until, made.duty, made.ticket) == ("ben", None, False, "OPS-7")


def test_with_neither_an_end_nor_a_ticket_it_ends_at_the_next_handover(office: Office) -> None:
    office.text("grant", "acme", "--person", "Ben", *WHY)
    assert grants(office)[0].until == office.at.replace(hour=16)


def test_a_dry_run_says_it_and_does_nothing(office: Office) -> None:
    for command in (BEN, NEW):
        found = office.run(*command, "--dry-run")
        assert found.exit_code == 0
        assert "acme now until" in found.stderr
    assert grants(office) == []
    ledger = office.ledger()
    with ledger.reading() as books:
        assert books.tickets.all() == []
        assert not any(known.name == "Zoe" for known in books.people.all().values())
    ledger.close()


def test_asked_for_twice_it_is_written_down_once(office: Office) -> None:
    for command in (BEN, NEW):
        first, again = office.json(*command), office.json(*command)
        assert (first["new"], again["new"]) == (True, False)
        assert first["grant"]["id"] == again["grant"]["id"]
    assert len(grants(office)) == 2


def test_a_number_in_no_roster_needs_a_name_once_and_is_never_shown(office: Office) -> None:
    nameless = office.run("grant", "acme", "--person", ZOE, "--ticket", "OPS-7", *WHY)
    assert nameless.exit_code == 2
    assert "Say whose it is with --name" in nameless.stderr
    office.text(*NEW)
    office.text("grant", "acme", "--person", ZOE, "--ticket", "OPS-7", *WHY)
    shown = office.text("grants", "acme")
    assert "Zoe" in shown
    assert "000001" not in shown + office.text("grants", "--json") + office.text("history")
    assert "Zoe" in office.text("explain", "Zoe", "acme")
    assert "ticket OPS-7" in office.text("explain", ZOE, "acme")
    assert "Zoe" in office.text("status", "acme", at=office.at)


def test_a_number_of_the_roster_is_whoever_has_it(office: Office) -> None:
    office.text("grant", "acme", "--person", "+351 910 000 001", *WHY)
    assert grants(office)[0].person == "ben"


@pytest.mark.parametrize(
    "number",
    ["9.19E+11", "0351910000001", "00351910000001", "+1", "+351 91x", "+3519100000010000000"],
)
def test_a_number_that_cannot_be_is_refused_and_not_guessed(office: Office, number: str) -> None:
    found = office.run("grant", "acme", "--person", number, "--name", "X", *WHY)
    assert found.exit_code == 2
    assert "Traceback" not in found.output
    assert grants(office) == []


def refusal(office: Office, *arguments: str) -> str:
    before = grants(office)
    found = office.run("grant", *arguments, *WHY)
    assert found.exit_code == 1, found.output
    assert "nothing was done" in found.stderr
    assert grants(office) == before
    return str(found.stderr)


def test_what_cannot_be_is_refused_with_the_reason(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        books.leavers.mark(PersonId("aiko"), "otto", "left", office.at)
    ledger.close()
    office.text(*BEN)
    ticket = ("--ticket", "OPS-8")
    assert "Aiko is a leaver" in refusal(office, "acme", "--person", "aiko", *ticket)
    assert "always in" in refusal(office, "acme", "--person", "mara", *ticket)
    assert "only watched" in refusal(office, "trial", "--person", "ben", *ticket)
    past = ("--until", "2026-01-05T11:00Z")
    assert "has passed" in refusal(office, "acme", "--person", "ben", *past)
    elsewhere = refusal(office, "bolt", "--person", "ben", "--ticket", "OPS-7")
    assert "ticket OPS-7 belongs to acme, and a ticket has one group" in elsewhere
    office.text("resolve", "OPS-7", *WHY)
    assert "rotation reopen OPS-7" in refusal(
        office, "acme", "--person", "fay", "--ticket", "OPS-7"
    )


@pytest.mark.promise("S14")
@pytest.mark.parametrize("ticket", ["", "two words", "+49 1511 000001", "491511000001", "x" * 65])
def test_a_ticket_is_one_word_and_nobodys_number(office: Office, ticket: str) -> None:
    found = office.run("grant", "acme", "--person", "ben", "--ticket", ticket, *WHY)
    assert (found.exit_code, grants(office)) == (2, [])


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    ("until", "says"),
    [
        ("2026-10-25 01:30 Europe/Lisbon",
         "comes twice, at 2026-10-25T00:30Z and 2026-10-25T01:30Z"),
        ("2026-03-29 01:30 Europe/Lisbon", "never comes"),
        ("2026-03-29 01:30", "names no zone"),
        ("2026-03-29 25:30 Europe/Lisbon", "is no date and time"),
        ("tomorrow", "is no date and time"),
    ],
)  # fmt: skip
def test_an_end_that_is_no_one_instant_is_named_and_asks_for_an_offset(
    office: Office, until: str, says: str
) -> None:
    found = office.run("grant", "acme", "--person", "ben", "--until", until, *WHY)
    assert found.exit_code == 2
    assert says in found.stderr
    assert "+01:00" in found.stderr or "its offset, or in UTC: 2026-" in found.stderr
    assert grants(office) == []


def test_grants_lists_what_lasts_and_undo_ends_it(office: Office) -> None:
    office.text(*BEN, "--author", "mara")
    office.text(*NEW)
    assert [g["name"] for g in office.json("grants")["grants"]] == ["Ben", "Zoe"]
    assert [g["name"] for g in office.json("grants", "--ticket", "OPS-7")["grants"]] == ["Ben"]
    told = office.text("grants", "--ticket", "OPS-7")
    assert "OPS-7   resolved  mara  knows the billing" in told
    assert "ticket OPS-7 of acme is open" in told
    assert office.run("undo", "g1", "--yes").stderr == "In acme Ben stays out.\n"
    assert [g["name"] for g in office.json("grants")["grants"]] == ["Zoe"]
    assert office.json("grants", at=office.at + timedelta(hours=4))["grants"] == []


def test_a_handover_is_not_taken_for_the_grant_of_the_same_person(office: Office) -> None:
    office.text("grant", "acme", "--person", "aiko", *WHY)
    made = office.json("handover", "acme", "--in", "aiko", "--reason", "ill", "--yes")
    assert made["new"]
    assert [g.duty for g in grants(office)] == [False, True]


@pytest.mark.slow
@pytest.mark.promise("P-ticket")
def test_a_ticket_from_its_first_grant_to_its_second_end(watch: Watch) -> None:
    """As somebody at the command line does it, with the daemon carrying it out."""

    def later() -> set[str]:
        watch.wait(watch.rehearsal.now + timedelta(minutes=2))
        return {str(p) for p in watch.inside("acme")}

    assert watch.run(*BEN).exit_code == 0
    assert later() == {"ben", "chen", "mara"}
    dry = watch.run("resolve", "OPS-7", "--reason", "fixed", "--dry-run")
    assert dry.stderr.startswith("Ben leaves acme.")
    assert later() == {"ben", "chen", "mara"}
    resolved = watch.run("resolve", "OPS-7", "--reason", "fixed", "--yes")
    assert "Ticket OPS-7 is resolved." in resolved.stdout
    assert later() == {"chen", "mara"}
    again = watch.run("resolve", "OPS-7", "--reason", "fixed", "--yes")
    assert "was resolved already, so nothing is new" in again.stdout
    reopened = watch.run("reopen", "OPS-7", "--reason", "it is back", "--yes")
    assert reopened.stderr == "Ben comes back to acme.\n"
    assert later() == {"ben", "chen", "mara"}
    assert "is open already" in watch.run("reopen", "OPS-7", "--yes").stdout
    told = watch.run("history", "--group", "acme").stdout
    assert "Ben was removed (ticket" in told
    assert "a ticket was opened again" in told


def test_an_unknown_ticket_is_named_with_those_there_are(office: Office) -> None:
    office.text(*BEN)
    found = office.run("resolve", "OPS-1", *WHY)
    assert found.exit_code == 2
    assert "Did you mean `OPS-7`?" in found.stderr
    empty = office.run("resolve", "OPS-7", "--role", " ", *WHY)
    assert (empty.exit_code, "everybody's" in empty.stderr) == (2, True)


def test_resolving_says_who_stays_and_by_what(office: Office) -> None:
    office.text("grant", "acme", "--person", "chen", "--ticket", "OPS-7", *WHY)
    told = office.run("resolve", "OPS-7", "--reason", "x", "--dry-run").stderr
    assert told.startswith("Nobody leaves acme. Chen stays until 16:05 Lisbon (16:05 UTC)")


def test_somebody_pinned_is_in_until_it_is_undone(office: Office) -> None:
    found = office.run("pin", "aiko", "acme", "--reason", "knows them", "--yes", "--author", "mara")
    assert found.exit_code == 0, found.output
    assert "until somebody ends it" in found.stderr
    (made,) = office.json("grants", "acme")["grants"]
    assert (made["person"], made["until"], made["reason"]) == ("aiko", None, "knows them")
    assert office.run("undo", str(made["id"]), "--yes", "--author", "mara").exit_code == 0
    assert office.json("grants", "acme")["grants"] == []
