"""wipe and reinstate: who is meant, what is said, what is written, and that the engine does it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId, PersonId
from rotation.ledger import file_lock

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any
"""Likewise: an office whose daemon runs."""

WHY = ("--reason", "left the firm")


def leavers(office: Office) -> list[str]:
    ledger = office.ledger()
    try:
        with ledger.reading() as books:
            return sorted(books.leavers.everywhere())
    finally:
        ledger.close()


@pytest.mark.slow
@pytest.mark.promise("C5", "P-wipe-proof")
def test_a_wipe_says_what_it_does_is_carried_out_and_reports_for_ever_after(watch: Watch) -> None:
    told = watch.run("wipe", "chen", *WHY, "--author", "mara", "--yes")
    assert told.exit_code == 0
    assert "Chen is removed from every group of every account now" in told.stderr
    assert "they were in 2 of 3 groups, 1 of them only watched" in told.stderr
    assert "`rotation wipe --report chen` says how far it is." in told.stdout
    running = watch.run("wipe", "chen", "--report")
    assert (running.exit_code, running.stdout.splitlines()[0]) == (1, "Chen: running")
    watch.wait(watch.rehearsal.now + timedelta(minutes=3))
    assert "chen" not in watch.inside("acme") | watch.inside("bolt")
    watch.wait(watch.rehearsal.now + timedelta(hours=5))
    found = watch.run("wipe", "chen", "--report", "--json")
    assert found.exit_code == 0
    report = watch.office.json("wipe", "chen", "--report", at=watch.rehearsal.now)
    assert report["state"] == "complete"
    assert report["removed"] == ["acme", "bolt"]
    assert report["was_not_in"] == ["trial"]
    assert (report["author"], report["reason"], report["links"]) == ("mara", "left the firm", 2)
    assert (report["by_hand"], report["to_go"]) == ([], [])
    again = watch.run("wipe", "chen", *WHY, "--yes")
    assert "Chen is a leaver already." in again.stdout
    back = watch.run("reinstate", "chen", "--reason", "a mistake", "--author", "mara")
    assert "Chen may be in groups again, as the roster says." in back.stdout
    text = watch.run("wipe", "chen", "--report").stdout
    assert text.splitlines()[0] == "Chen: reinstated"
    assert "reinstated 2026-01-05" in text
    assert "by mara: a mistake" in text
    assert watch.run("reinstate", "chen", "--reason", "again").exit_code == 1


def test_a_dry_run_says_what_it_would_take_and_writes_nothing(office: Office) -> None:
    text = office.text("wipe", "Chen", "--dry-run")
    assert text.splitlines()[0] == (
        "When last read they were in 2 of 3 groups, 1 of them only watched;"
        " groups that no roster names are listed first. It takes about 2 min."
    )
    assert "At most 19 calls" in text
    assert text.splitlines()[-1] == "Nothing was done."
    found = office.json("wipe", "+351 900 000 000", "--dry-run")
    assert (found["groups"], found["inside"], found["minutes"]) == (3, [], 2)
    assert leavers(office) == []


@pytest.mark.parametrize(
    "typed",
    [
        "chen", "CHEN", " Chen ", "+351910000002", "+351 91 000 0002", "00351 91-000.00.02",
        "(+351) 91 000 0002", "tel:+351-91-000-0002", "351910000002@c.us", "351910000002",
        "https://wa.me/351910000002", "\u202a+351\u00a091\u2011000\u20110002\u202c",
        "\uff0b\uff13\uff15\uff11 91 000 0002",
    ],
)  # fmt: skip
def test_a_person_is_found_however_they_are_written(office: Office, typed: str) -> None:
    assert office.json("wipe", typed, *WHY, "--yes", "--no-wait")["person"] == "chen"
    assert leavers(office) == ["chen"]


def test_a_number_that_nobody_knows_gets_a_name_of_its_own(office: Office) -> None:
    told = office.json("wipe", "+351 912 345 678", *WHY, "--yes")
    assert told["person"].startswith("x-")
    assert leavers(office) == [told["person"]]
    again = office.json("wipe", "00351 912345678", *WHY, "--yes")
    assert (again["person"], again["new"]) == (told["person"], False)
    office.text("reinstate", "+351912345678", "--reason", "a mistake")
    assert leavers(office) == []


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("chan", "nobody is called `chan`. Did you mean `Chen`?"),
        ("912345678", "has no country code"),
        ("+351 91", "nobody is called"),
        ("+351 91 000 00 02 99 99 99", "is too long for its country"),
        ("+15550100999", "that is the number of the account main itself"),
        ("", "nobody is called ``"),
    ],
)
def test_whoever_is_not_clear_is_one_error_and_nothing_is_done(
    office: Office, typed: str, says: str
) -> None:
    found = office.run("wipe", typed, *WHY, "--yes")
    ours = "of the account" in says
    assert (found.exit_code, found.stdout) == (1 if ours else 2, "")
    assert says in found.stderr
    assert leavers(office) == []


def test_two_people_of_one_name_have_to_be_told_apart(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        known = books.rosters.in_force()
        assert known is not None
        roster = known[1]
        twin = replace(roster.people[PersonId("dora")], name="Chen")
        people = {**roster.people, PersonId("dora"): twin}
        books.rosters.adopt(replace(roster, people=people), "twin", office.at, "2026c")
    ledger.close()
    found = office.run("wipe", "chen ", *WHY, "--yes", "--no-wait")
    assert found.exit_code == 0, "the key is nobody else's"
    assert "`Chen` is chen and dora. Say which" in office.run("wipe", "Chen", *WHY, "--yes").stderr


def test_without_a_terminal_a_yes_or_a_reason_nothing_is_done(office: Office) -> None:
    assert office.run("wipe", "chen", *WHY).exit_code == 2
    assert office.run("wipe", "chen", "--yes").exit_code == 2
    assert office.run("wipe", "chen", "--report").exit_code == 1
    assert leavers(office) == []


def test_whether_a_daemon_carries_it_out_is_said(office: Office) -> None:
    alone = office.text("wipe", "chen", *WHY, "--yes")
    assert "No daemon runs here; `rotation run --once` carries it out." in alone
    with file_lock(office.url):
        told = office.text("wipe", "dora", *WHY, "--yes", "--no-wait")
    assert "The daemon (" in told


def test_the_history_tells_of_a_wipe_in_words(watch: Watch) -> None:
    watch.run("wipe", "chen", *WHY, "--author", "mara", "--yes")
    watch.wait(watch.rehearsal.now + timedelta(minutes=2))
    text = watch.run("history", "--person", "chen").stdout
    assert "Chen may be in no group any more (leaver, left the firm, mara by hand)" in text
    assert "Chen is proven to be in no group" in text
    assert "the invite link was reset, since Chen knew it: done" in text
    assert GroupId("acme") in text


# -- by two people -------------------------------------------------------------------------------


@pytest.fixture
def careful(office: Office) -> Office:
    """An office in which a wipe takes two."""
    settings = office.config.read_text()
    office.config.write_text(f'wipe_approval = "two"\n{settings}')
    return office


def author_of(office: Office) -> list[str]:
    """Who is said to have marked somebody, and who approved that."""
    ledger = office.ledger()
    with ledger.reading() as books:
        found = books.audit.list(kind="leaver")
    ledger.close()
    return [f"{one.origin}, {one.detail['approved_by']}" for one in found]


def test_a_wipe_that_takes_two_waits_for_another_person(careful: Office) -> None:
    asked = careful.run("wipe", "chen", "--reason", "left", "--author", "mara", "--yes")
    assert asked.exit_code == 1
    assert "rotation wipe chen --approve" in asked.stdout
    assert leavers(careful) == []
    given = ("wipe", "chen", "--approve", "--yes", "--no-wait")
    assert careful.run(*given, "--author", "otto").exit_code == 0
    assert leavers(careful) == ["chen"]
    assert author_of(careful) == ["mara by hand, otto"]
    told = careful.text("history", "--person", "chen")
    assert "that Chen be in no group any more was asked for (leaver, left, mara by hand)" in told


@pytest.mark.parametrize(
    ("author", "later", "said"),
    [
        ("mara", timedelta(hours=1), "can't approve it"),
        ("otto", timedelta(hours=24), "nobody asked within a day"),
    ],
)
def test_nobody_approves_their_own_wish_nor_an_old_one(
    careful: Office, author: str, later: timedelta, said: str
) -> None:
    careful.run("wipe", "chen", "--reason", "left", "--author", "mara", "--yes")
    given = ("wipe", "chen", "--approve", "--yes", "--author", author)
    found = careful.run(*given, at=careful.at + later)
    assert found.exit_code == 1
    assert said in found.output
    assert leavers(careful) == []


def test_what_nobody_asked_for_nobody_approves(careful: Office) -> None:
    found = careful.run("wipe", "chen", "--approve", "--yes", "--author", "otto")
    assert found.exit_code == 1
    assert "nobody asked within a day that chen be wiped" in found.output


def test_a_number_that_nobody_knows_takes_two_as_well(careful: Office) -> None:
    number = "+44 7700 900123"
    told = careful.run("wipe", number, "--reason", "left", "--author", "mara", "--yes", "--json")
    assert told.exit_code == 1
    assert json.loads(told.stdout)["waits_for_approval"]
    careful.run("wipe", number, "--approve", "--yes", "--no-wait", "--author", "otto")
    assert author_of(careful) == ["mara by hand, otto"]


def of_support(office: Office) -> None:
    """The group acme is the support's from now on."""
    ledger = office.ledger()
    with ledger.writing() as books:
        known = books.rosters.in_force()
        assert known is not None
        groups = dict(known[1].groups)
        groups[GroupId("acme")] = replace(groups[GroupId("acme")], team="support")
        books.rosters.adopt(replace(known[1], groups=groups), "teams", office.at, "2026c")
    ledger.close()


def test_out_of_one_team_is_said_estimated_and_reported_apart(office: Office) -> None:
    unknown = office.run("wipe", "chen", *WHY, "--team", "support", "--yes")
    assert (unknown.exit_code, unknown.stdout) == (2, "")
    assert "no group of a team support" in unknown.stderr
    of_support(office)
    assert "It has: support" in office.run("wipe", "chen", *WHY, "--team", "sup", "--yes").stderr
    found = office.json("wipe", "chen", "--team", "support", "--dry-run")
    assert (found["groups"], found["inside"], found["listed"]) == (1, ["acme"], True)
    told = office.run("wipe", "chen", *WHY, "--team", "support", "--yes")
    assert "Chen is removed from every group of team support now" in told.stderr
    assert "Chen may be in no group of team support any more." in told.stdout
    assert leavers(office) == [], "of all groups nobody is one"
    report = office.run("wipe", "chen", "--team", "support", "--report")
    assert (report.exit_code, report.stdout.splitlines()[0]) == (1, "Chen, team support: running")
    assert office.run("wipe", "chen", "--report").exit_code == 1
    back = office.run("reinstate", "chen", "--reason", "a mistake")
    assert back.exit_code == 1
    assert "Say --team support" in back.stderr
    text = office.text("reinstate", "chen", "--reason", "a mistake", "--team", "support")
    assert text.splitlines()[0] == (
        "Chen may be in the groups of team support again, as the roster says."
    )
