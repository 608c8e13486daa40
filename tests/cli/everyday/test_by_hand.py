"""handover, undo and release: what they say, what they write, and that the engine does it."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Grant, HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import file_lock

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Watch: TypeAlias = Any
"""Likewise: an office whose daemon runs."""

ILL = ("handover", "acme", "--in", "aiko", "--out", "chen", "--reason", "Chen is ill")


def grants(office: Office) -> list[Grant]:
    ledger = office.ledger()
    try:
        with ledger.reading() as books:
            return list(books.grants.all())
    finally:
        ledger.close()


@pytest.mark.slow
def test_a_handover_says_what_will_happen_before_it_acts(office: Office) -> None:
    found = office.run(*ILL, "--yes")
    assert found.stderr.splitlines()[0] == (
        "From now until 16:00 Lisbon (16:00 UTC) Aiko stands in for Chen in acme;"
        " Chen leaves once Aiko is seen there. Then the roster decides again: Emil on duty."
    )
    assert "Written down as h1; `rotation undo h1` ends it." in found.stdout


def test_without_a_terminal_or_a_yes_nothing_is_done(office: Office) -> None:
    found = office.run(*ILL)
    assert found.exit_code == 2
    assert "Add --yes" in found.output
    assert grants(office) == []


def test_a_handover_by_hand_ends_at_the_next_handover_unless_told(office: Office) -> None:
    office.text(*ILL, "--yes")
    office.text(*ILL[:1], "bolt", *ILL[2:], "--until", "2026-01-05 13:00 Europe/Lisbon", "--yes")
    acme, _, bolt, _ = grants(office)
    assert acme.until == office.at.replace(hour=16)
    assert bolt.until == office.at.replace(hour=13)
    assert (acme.starts, acme.duty, acme.effect) == (office.at, True, "in")
    assert (acme.reason, acme.together) == ("Chen is ill", "h1")


@pytest.mark.slow
@pytest.mark.promise("P-handover")
def test_the_engine_carries_out_what_was_asked_for_and_the_roster_takes_over(watch: Watch) -> None:
    assert watch.run(*ILL, "--yes").exit_code == 0
    watch.wait(watch.rehearsal.now + timedelta(minutes=2))
    assert watch.inside("acme") == {"aiko", "mara"}
    watch.wait(watch.rehearsal.now.replace(hour=16, minute=10))
    assert watch.inside("acme") == {"emil", "mara"}


def test_one_handover_may_be_for_several_groups(office: Office) -> None:
    office.text("handover", "acme", "bolt", *ILL[2:], "--yes")
    made = grants(office)
    assert {g.group for g in made} == {"acme", "bolt"}
    assert {g.together for g in made} == {"h1"}


@pytest.mark.promise("E-8", "F37")
def test_the_same_handover_asked_twice_is_done_once(office: Office) -> None:
    first = office.json(*ILL, "--yes", "--author", "mara")
    again = office.json(*ILL, "--yes", "--author", "otto", at=office.at + timedelta(minutes=1))
    assert (first["new"], again["new"]) == (True, False)
    assert first["handover"] == again["handover"] == "h1"
    assert len(grants(office)) == 2


def test_a_handover_in_the_future_says_when_and_starts_then(office: Office) -> None:
    found = office.run(*ILL, "--at", "2026-01-06 08:30 Europe/Lisbon", "--yes")
    assert found.stderr.startswith(
        "From Tue 08:30 Lisbon (08:30 UTC) until Tue 16:00 Lisbon (16:00 UTC) Aiko stands in"
    )
    assert "Chen is not due there in that time anyway." in found.stderr
    assert grants(office)[0].starts == office.at.replace(day=6, hour=8, minute=30)


def test_sending_the_only_one_on_duty_out_says_that_they_stay(office: Office) -> None:
    found = office.run("handover", "acme", "--out", "chen", "--reason", "lunch", "--yes")
    assert "nobody else is on duty then, so Chen stays" in found.stderr


def refusal(office: Office, *arguments: str) -> str:
    found = office.run("handover", *arguments, "--reason", "x", "--yes")
    assert found.exit_code == 1, found.output
    assert "nothing was done" in found.output
    assert grants(office) == []
    return str(found.stderr)


def test_what_cannot_be_is_refused_with_the_reason(office: Office) -> None:
    past = refusal(office, "acme", "--in", "aiko", "--at", "2026-01-05T11:00Z")
    assert "11:00 Lisbon (11:00 UTC) has passed" in past
    backwards = refusal(
        *(office, "acme", "--in", "aiko"),
        *("--at", "2026-01-05T14:00Z", "--until", "2026-01-05T13:00Z"),
    )
    assert "before it begins" in backwards
    assert "only watched" in refusal(office, "trial", "--in", "aiko")
    assert "nobody is named" in refusal(office, "acme")
    assert "cannot come and go at once" in refusal(office, "acme", "--in", "ben", "--out", "ben")
    assert "is always in acme" in refusal(office, "acme", "--out", "mara")


def test_a_pin_that_would_keep_the_person_is_named(office: Office) -> None:
    assert "Otto is pinned in bolt and would stay" in refusal(office, "bolt", "--out", "otto")


def test_another_grant_that_would_keep_the_person_is_named(office: Office) -> None:
    office.text(*ILL, "--yes", "--author", "mara")
    back = ("handover", "acme", "--in", "chen", "--out", "aiko", "--reason", "well", "--yes")
    found = office.run(*back)
    assert found.exit_code == 1
    assert "a grant by mara still holds Aiko in acme; end it first with `rotation undo h1`" in (
        found.stderr
    )
    assert len(grants(office)) == 2


def test_a_leaver_is_never_let_in(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        books.leavers.mark(PersonId("aiko"), "otto", "left", office.at)
    ledger.close()
    assert "Aiko is a leaver" in refusal(office, "acme", "--in", "aiko")


def test_an_unknown_person_is_refused_before_anything_else(office: Office) -> None:
    found = office.run("handover", "acme", "--in", "aika", "--reason", "x", "--yes")
    assert found.exit_code == 2
    assert "Did you mean `aiko`?" in found.output


def test_a_reason_is_needed(office: Office) -> None:
    assert office.run("handover", "acme", "--in", "aiko", "--yes").exit_code == 2
    assert office.run("handover", "acme", "--in", "aiko", "--yes", "--reason", " ").exit_code == 2


def test_it_says_whether_a_daemon_will_carry_it_out(office: Office) -> None:
    assert "`rotation run --once acme` carries it out" in office.text(*ILL, "--yes")
    with file_lock(office.url):
        assert "carries it out within a second" in office.text("undo", "h1", "--yes")


# -- undo ---------------------------------------------------------------------------------


def test_undo_without_a_name_lists_what_can_be_undone(office: Office) -> None:
    office.text(*ILL, "--yes", "--author", "mara")
    (found,) = office.json("undo")["can_be_undone"]
    assert found["id"] == "h1"
    assert "Aiko  Chen  16:00 Lisbon (16:00 UTC)  mara  Chen is ill" in office.text("undo")


@pytest.mark.slow
def test_undo_ends_all_of_a_handover_and_the_roster_holds_again(watch: Watch) -> None:
    watch.run(*ILL, "--yes")
    watch.wait(watch.rehearsal.now + timedelta(minutes=2))
    found = watch.run("undo", "h1", "--yes")
    assert found.stderr == "In acme Chen comes back; Aiko leaves once Chen is seen there.\n"
    watch.wait(watch.rehearsal.now + timedelta(minutes=2))
    assert watch.inside("acme") == {"chen", "mara"}


def test_undo_before_anything_happened_says_that_nobody_moves(office: Office) -> None:
    office.text(*ILL, "--yes")
    assert office.run("undo", "h1", "--yes").stderr == "In acme Chen stays; Aiko stays out.\n"


def test_undo_twice_changes_nothing_more(office: Office) -> None:
    office.text(*ILL, "--yes")
    office.text("undo", "h1", "--yes")
    ended = [g.ended_at for g in grants(office)]
    assert "has ended already" in office.text("undo", "h1", "--yes")
    assert [g.ended_at for g in grants(office)] == ended
    assert office.json("undo")["can_be_undone"] == []


def test_undo_of_something_unknown_says_where_to_look(office: Office) -> None:
    found = office.run("undo", "h9", "--yes")
    assert found.exit_code == 2
    assert "See `rotation undo`" in found.output


def test_what_is_done_by_hand_is_in_the_audit_with_author_and_reason(office: Office) -> None:
    office.text(*ILL, "--yes", "--author", "mara")
    office.text("undo", "h1", "--yes", "--author", "otto", "--reason", "a mistake")
    found = office.json("history", "--group", "acme", "--limit", "4")["entries"]
    assert [e["text"] for e in found] == [
        "that Chen is to be out was undone (manual, a mistake, otto by hand)",
        "that Aiko is to be in was undone (manual, a mistake, otto by hand)",
        "Chen is to be out, by hand (manual, Chen is ill, mara by hand)",
        "Aiko is to be in, by hand (manual, Chen is ill, mara by hand)",
    ]


def test_a_number_in_a_reason_is_not_kept(office: Office) -> None:
    office.text(*ILL[:-1], "call +351 912 345 678", "--yes", "--author", "mara")
    assert grants(office)[0].reason == "call ***678"
    with closing(sqlite3.connect(office.folder / "rotation.db")) as raw:
        kept = "".join(map(str, raw.execute("SELECT detail FROM audit")))
    assert "345" not in kept


# -- release ------------------------------------------------------------------------------


def hold_id(office: Office, hold: str, group: str = "acme") -> str:
    held = json.loads(office.run("holds", "--json").stdout)["holds"]
    return str(next(h["id"] for h in held if (h["hold"], h["group"]) == (hold, group)))


@pytest.mark.slow
def test_a_release_asks_the_engine_once(troubled: Office) -> None:
    number = hold_id(troubled, "refused")
    by = ("--reason", "she changed her privacy", "--author", "mara")
    assert troubled.json("release", number, *by)["new"]
    assert not troubled.json("release", number, *by)["new"]
    ledger = troubled.ledger()
    with ledger.reading() as books:
        (asked,) = books.intents.pending()
    ledger.close()
    assert (asked.kind, asked.payload, asked.author) == ("release", {"hold": number}, "mara")


def test_a_hold_that_is_not_a_persons_to_release_says_whose(troubled: Office) -> None:
    found = troubled.run("release", hold_id(troubled, "cover"), "--reason", "x")
    assert found.exit_code == 1
    assert "is lifted by rotation, once enough on-duty people are seen" in found.output


def test_a_hold_that_is_over_or_never_was_cannot_be_released(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        group = GroupId("acme")
        item = HeldItem(Hold.FULL, None, group)
        ((opened,), _) = books.holds.settle(None, group, (item,), office.at)
        books.holds.settle(None, group, (), office.at)
    ledger.close()
    over = office.run("release", str(opened.id), "--reason", "x")
    never = office.run("release", "999", "--reason", "x")
    assert (over.exit_code, never.exit_code) == (1, 2)
    assert "is over already" in over.output
    assert "See `rotation holds`" in never.output
