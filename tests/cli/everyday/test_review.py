"""rotation review: what it lists, how it masks numbers, and how it ends."""

import csv
import io
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind, Role, Seat, Seen
from rotation.core.roster import AccountId, GroupId, PersonId, Phone, Roster, Silent
from rotation.core.silence import ARRIVED, Hearing
from rotation.ledger import LastActive

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""

ACME, MAIN = GroupId("acme"), AccountId("main")
MONTH = timedelta(days=30)
STRANGERS = ("+491511000001", "+491511000002", "+491511000003")
pytestmark = pytest.mark.promise("P-review", "P-silent")


@pytest.fixture
def watched(office: Office, roster: Roster) -> Office:
    """Three strangers in acme: one silent, one active, one who came a day ago; dora still in."""
    groups = dict(roster.groups)
    groups[ACME] = replace(groups[ACME], policy=replace(groups[ACME].policy, silent=Silent(MONTH)))
    long_ago, now = office.at - 2 * MONTH, office.at
    with office.ledger().writing() as books:
        books.rosters.adopt(replace(roster, groups=groups), "abcd01234567", now, "2026a")
        books.activity.hears(MAIN, Hearing(long_ago - MONTH, now, now))
        last = ((long_ago, "reaction"), (now - timedelta(days=2), "message"),
                (now - timedelta(days=1), ARRIVED))  # fmt: skip
        for phone, (at, doing) in zip(STRANGERS, last, strict=True):
            person = books.people.stranger(Phone(phone), None, long_ago)
            seat = Seat(ACME, person, Seen.IN, Role.MEMBER, seen_at=now)
            books.seats.save(seat)
            books.activity.note([LastActive(ACME, person, doing, at)])
        dora = books.seats.of(ACME).get(PersonId("dora")) or Seat(ACME, PersonId("dora"))
        books.seats.save(replace(dora, seen=Seen.IN, managed_since=long_ago, op=Kind.REMOVE))
        state = books.groups.state(ACME)
        books.groups.save(replace(state, size=9, unresolved=2, we_are_admin=False))
    return office


def test_it_lists_who_and_what_deserves_a_look(watched: Office) -> None:
    found = watched.json("review", "acme")
    told = [(one["look"], one["name"], one["count"], one["detail"]) for one in found["findings"]]
    looks = [look for look, *_ in told]
    assert looks == ["past", "not_admin", "silent", "stranger", "stranger", "hidden", "unknown"]
    assert {(look, name[:6], count) for look, name, count, _ in told} == {
        ("past", "Dora", 1),
        ("not_admin", "", 1),
        ("silent", "***001", 1),
        ("stranger", "***002", 1),
        ("stranger", "***003", 1),
        ("hidden", "", 2),
        ("unknown", "***003", 1),
    }
    assert found["counts"]["stranger"] == 2
    assert next(d for look, *_, d in told if look == "silent") == "last a reaction"
    assert "not been seen here for so long" in told[-1][-1]
    assert all(one["what_to_do"] for one in found["findings"])


def test_it_is_said_in_words_and_as_csv_without_any_number(watched: Office) -> None:
    text, rows = watched.text("review"), watched.text("review", "--csv")
    assert "Silent: 1\n" in text
    assert "***001" in text
    assert "for 60 days: last a reaction" in text
    assert "    do: take them out in WhatsApp" in text
    listed = list(csv.DictReader(io.StringIO(rows)))
    assert {"silent", "hidden", "past"} <= {row["look"] for row in listed}
    assert not any(number[1:9] in text + rows for number in STRANGERS)
    assert not any(number[1:9] in watched.text("review", "--json") for number in STRANGERS)


def test_the_week_says_how_much_there_is_and_who_is_silent(watched: Office) -> None:
    *_, found, silent, _ = watched.text("week").splitlines()
    assert found == (
        "To review: 1 past their time, 1 groups without our admin right, 1 silent, 2 strangers, "
        "2 with a hidden id only; see `rotation review`"
    )
    assert re.fullmatch(r"Silent: x-[0-9a-f]{10} in acme", silent)
    with watched.ledger().writing() as books:
        for n in range(20):
            person = books.people.stranger(Phone(f"+49152{n:07}"), None, watched.at)
            books.seats.save(Seat(ACME, person, Seen.IN, Role.MEMBER, seen_at=watched.at))
            sign = LastActive(ACME, person, "poll", watched.at - 2 * MONTH)
            books.activity.note([sign])
    *_, found, silent, _ = watched.text("week").splitlines()
    assert ", 21 silent," in found
    assert silent.endswith(" in acme and 11 more")
    assert " and 10 more: last a poll" in watched.text("review")


def test_a_month_in_which_webhooks_were_lost_leaves_nobody_silent(watched: Office) -> None:
    with watched.ledger().writing() as books:
        known = books.activity.hearing(MAIN)
        books.activity.hears(MAIN, known._replace(unbroken_since=watched.at - MONTH / 2))
    found = watched.json("review")
    assert found["counts"]["silent"] == 0
    assert any("webhooks were lost" in one["detail"] for one in found["findings"])


def test_in_other_groups_nobody_is_judged_and_whoever_has_no_name_is_counted(
    office: Office, roster: Roster
) -> None:
    found = office.json("review")
    told = [(one["look"], one["group"], one["count"]) for one in found["findings"]]
    assert told == [("uncovered", "trial", 1), *(("stranger", group, 2) for group in roster.groups)]
    assert office.run("review", "--exit-code").exit_code == 1
    assert office.run("review", "acmee").exit_code == 2
