"""status, plan, next, explain and adopt: what they say, and that it is what the engine does."""

import re
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import AccountState, HeldItem
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, GroupId, Roster
from rotation.core.timeline import Timeline
from rotation.engine import view
from rotation.ledger import Ledger, upgrade

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""

COMMANDS = [
    ("status",),
    ("plan",),
    ("next",),
    ("explain", "chen", "acme"),
    ("holds",),
    ("history",),
    ("adopt", "trial"),
    ("notices", "bolt"),
    ("week",),
    ("week", "chen"),
    ("undo",),
]


def by_group(found: dict[str, Any]) -> dict[str, Any]:
    return {one["group"]: one for one in found["groups"]}


def test_status_says_who_is_in_and_until_when_in_two_zones(office: Office) -> None:
    text = office.text("status", "acme")
    assert "acme (managed, as of " in text
    assert (
        "in         Chen: europe 2026-01-05 08:00-16:00 Lisbon; until 16:05 Lisbon (16:05 UTC)"
        in text
    )
    assert "protected  Mara: always in" in text
    assert "others     2 others" in text


def test_status_counts_how_old_its_facts_are(office: Office) -> None:
    found = by_group(office.json("status", at=office.at + timedelta(hours=2)))
    assert 7200 <= found["acme"]["age_seconds"] <= 7200 + 16 * 60


def test_status_names_who_a_shy_person_keeps_from_leaving(troubled: Office) -> None:
    room = by_group(troubled.json("status", "acme"))["acme"]
    stuck = {p["name"]: p for p in room["people"] if p["standing"] == "stuck"}
    assert stuck["Dora"]["hold"] == "refused"
    assert stuck["Ben"]["hold"] == "cover"
    assert stuck["Ben"]["why"] == "waiting for Dora"
    assert stuck["Ben"]["overdue"]
    assert {h["hold"] for h in room["held"]} == {"refused", "cover"}
    assert all(isinstance(h["id"], int) for h in room["held"])


def test_status_tells_scripts_only_when_asked_that_a_person_is_needed(troubled: Office) -> None:
    assert troubled.run("status").exit_code == 0
    assert troubled.run("status", "--exit-code").exit_code == 1


def test_status_is_content_where_nothing_is_wrong(office: Office) -> None:
    assert office.run("status", "--exit-code").exit_code == 0


def test_status_shows_paused_accounts_before_everything_else(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        state = books.accounts.state(AccountId("main"))
        paused = AccountState(
            state.account,
            office.at + timedelta(minutes=2),
            Hold.SESSION,
            office.at,
            "the session is STOPPED",
        )
        books.accounts.save(paused)
    ledger.close()
    first = office.text("status").splitlines()[:2]
    assert first[0] == "account main is paused, tried again in 2 min"
    assert "the session is STOPPED" in first[1]
    assert "do: open the provider's console" in first[1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_server_out_of_reach_is_said_in_words(
    empty_office: Office, command: tuple[str, ...]
) -> None:
    told = empty_office.config.read_text()
    nowhere = f"postgresql://me@/led?host={empty_office.folder}"
    empty_office.config.write_text(f'database_url = "{nowhere}"\n{told}')
    found = empty_office.run(*command)
    assert found.exit_code == 3
    assert "the ledger postgresql://me@/led cannot be used: " in found.stderr


@pytest.mark.promise("P-file-errors")
def test_what_is_wrong_with_the_first_roster_ever_is_shown(empty_office: Office) -> None:
    upgrade(empty_office.url)
    ledger = Ledger(empty_office.url)
    wrong = HeldItem(Hold.ROSTER, detail="schedules/desk.yaml:1:1: this is no roster")
    with ledger.writing() as books:
        books.holds.settle(None, None, (wrong,), empty_office.at - timedelta(minutes=5))
    ledger.close()
    holds = empty_office.run("holds")
    assert holds.exit_code == 1
    for said in (holds.stdout, empty_office.text("status")):
        assert "schedules/desk.yaml:1:1: this is no roster" in said
        assert "run `rotation check`" in said
    found = empty_office.json("status")
    assert (found["roster"], found["groups"], found["needs_person"]) == (None, [], True)
    assert empty_office.run("status", "--exit-code").exit_code == 1
    for command in (("plan",), ("next",), ("history",), ("undo",)):
        refused = empty_office.run(*command)
        assert refused.exit_code == 3
        assert "see `rotation check`: schedules/desk.yaml:1:1: this is no roster" in refused.stderr


def test_a_group_nobody_has_read_yet_is_said_to_be_so(empty_office: Office, roster: Roster) -> None:
    upgrade(empty_office.url)
    ledger = Ledger(empty_office.url)
    with ledger.writing() as books:
        books.rosters.adopt(roster, "d1", empty_office.at, "2026a")
    ledger.close()
    assert "acme (managed, never read)" in empty_office.text("status", "acme")
    assert "the first step is a read" in empty_office.text("plan", "acme")


@pytest.mark.promise("F10")
def test_status_says_that_an_account_goes_slower_than_it_may(office: Office) -> None:
    assert "of its calls" not in office.text("status")
    ledger = office.ledger()
    with ledger.writing() as books:
        state = books.accounts.state(AccountId("main"))
        books.accounts.save(replace(state, throttles=2, paused_until=office.at))
    ledger.close()
    assert "account main makes 1 in 4 of its calls: the provider asked" in office.text("status")
    (slowed,) = office.json("status", at=office.at + timedelta(minutes=15))["accounts_slowed"]
    assert (slowed["account"], slowed["share"]) == ("main", 2)


@pytest.mark.promise("F28", "F35")
@pytest.mark.parametrize(
    ("hold", "why"),
    [(Hold.SPENT, "changes of a day are used up"), (Hold.RIVAL, "another installation")],
)
def test_what_holds_a_whole_account_is_shown_wherever_somebody_looks(
    troubled: Office, hold: Hold, why: str
) -> None:
    ledger = troubled.ledger()
    with ledger.writing() as books:
        main = AccountId("main")
        held = HeldItem(hold, main, detail="to be removed by hand: ben from acme")
        books.holds.settle(main, None, (held,), troubled.at)
    ledger.close()
    for said in (troubled.text("status"), troubled.run("holds").stdout):
        assert "to be removed by hand: ben from acme" in said
    assert f"account main: {hold}: " in troubled.text("status")
    assert why in troubled.text("explain", "ben", "acme")
    assert why in troubled.text("plan", "acme")


@pytest.mark.promise("F34")
def test_a_group_with_a_damaged_row_is_shown_as_held_and_the_others_as_ever(
    office: Office,
) -> None:
    with closing(sqlite3.connect(office.folder / "rotation.db", isolation_level=None)) as found:
        found.execute("UPDATE seats SET seen = 'inside' WHERE \"group\" = 'acme'")
    rooms = by_group(office.json("status"))
    assert [h["hold"] for h in rooms["acme"]["held"]] == ["damaged"]
    assert rooms["trial"]["people"]
    assert "damaged: a row of the ledger was changed by hand" in office.text("status", "acme")
    plan = office.run("plan")
    assert "acme is left out: a row of the ledger is damaged: seats.seen" in plan.stderr
    assert "trial (" in plan.stdout
    refused = office.run("explain", "chen", "acme")
    assert refused.exit_code == 3
    assert "seats.seen" in refused.stderr


@pytest.mark.promise("P-plan")
def test_the_plan_is_the_engines_own_decision(troubled: Office) -> None:
    ledger = troubled.ledger()
    with ledger.reading() as books:
        digest, roster = books.rosters.in_force()  # type: ignore[misc]  # the fixture has one
        seen = view(books, (digest, roster, Timeline(roster)), GroupId("acme"), troubled.at)
    ledger.close()
    decided = seen.decision(troubled.at).steps
    shown = by_group(troubled.json("plan"))["acme"]["steps"]
    assert [(s["kind"], s["people"], s["hold"]) for s in shown] == [
        (s.kind, list(s.people), s.hold) for s in decided
    ]
    assert len(shown) >= 2


def test_the_plan_says_in_a_sentence_what_is_held_and_what_to_do(troubled: Office) -> None:
    text = troubled.text("plan", "acme")
    assert "remove Ben from acme, held: cover - waiting for Dora; because asia" in text
    assert "add Dora to acme, held: refused - their privacy settings" in text
    assert "do: ask the person to follow the invite" in text


def test_the_plan_ends_with_two_when_there_is_something_to_do(
    office: Office, troubled: Office
) -> None:
    assert troubled.run("plan", "--exit-code").exit_code == 2


def test_the_plan_ends_with_zero_when_all_is_as_it_should_be(office: Office) -> None:
    assert office.run("plan", "acme", "--exit-code").exit_code == 0
    assert "nothing to do" in office.text("plan", "acme")


def test_a_group_that_is_only_watched_has_no_work(office: Office) -> None:
    text = office.text("plan", "trial")
    assert "would add Chen to trial, because europe" in text
    assert "only watched" in text
    assert office.run("plan", "trial", "--exit-code").exit_code == 0


def test_the_plan_reads_only_a_group_that_is_named(office: Office) -> None:
    found = office.run("plan", "--fresh")
    assert found.exit_code == 2
    assert "rotation plan GROUP --fresh" in found.output


def test_next_says_who_comes_and_goes_and_when(office: Office) -> None:
    found = office.json("next", "acme", "--count", "3")["handovers"]
    assert [(h["at"], h["in"], h["out"]) for h in found] == [
        ("2026-01-05T16:00:00Z", ["Emil"], ["Chen"]),
        ("2026-01-06T00:00:00Z", ["Ben"], ["Emil"]),
        ("2026-01-06T08:00:00Z", ["Dora"], ["Ben"]),
    ]
    assert found[0]["adds_from"] == "2026-01-05T15:50:00Z"
    assert found[0]["removes_from"] == "2026-01-05T16:05:00Z"


def test_next_knows_what_was_done_by_hand(office: Office) -> None:
    by_hand = ("handover", "acme", "--in", "aiko", "--out", "chen")
    office.text(*by_hand, "--until", "2026-01-05T14:00Z", "--reason", "lunch", "--yes")
    found = office.json("next", "acme")["handovers"]
    assert found[0]["at"] == "2026-01-05T14:00:00Z"
    assert (found[0]["in"], found[0]["out"]) == (["Chen"], ["Aiko"])


@pytest.mark.promise("P-explain")
def test_explain_says_why_until_when_and_when_again(office: Office) -> None:
    text = office.text("explain", "Chen", "acme")
    assert "should be in, until 16:05 Lisbon (16:05 UTC)" in text
    assert "because: europe 2026-01-05 08:00-16:00 Lisbon (on duty)" in text
    assert "is in as member by the read at" in text
    assert "next due here Wed 07:50 Lisbon (07:50 UTC)" in text
    assert "Chen was added" in text


def test_explain_says_why_somebody_is_not_in(office: Office) -> None:
    assert "should not be in" in office.text("explain", "ben", "acme")
    assert "always in: never added and never removed" in office.text("explain", "mara", "acme")
    assert "because: they are pinned here (wanted, not on duty)" in office.text(
        "explain", "otto", "bolt"
    )


def test_explain_tells_of_refusals_and_holds(troubled: Office) -> None:
    found = troubled.json("explain", "dora", "acme")
    assert found["refused"] == "privacy"
    assert [h["hold"] for h in found["held"]] == ["refused"]
    assert any("the chat refused to add them: privacy" in s for s in found["sentences"])


def test_adopt_shows_who_would_be_touched_and_what_to_write(office: Office) -> None:
    found = office.json("adopt", "trial", ends=1)
    managed, strict = found["modes"]
    assert [t["name"] for t in managed["added"]] == ["Chen"]
    assert (managed["strangers"], strict["strangers"]) == (0, 2)
    assert found["to_write"] == "groups:\n  trial:\n    mode: managed"


def test_adopt_shows_what_would_have_been_done_while_the_group_was_watched(office: Office) -> None:
    found = office.json("adopt", "trial", ends=1)
    passed = found["watched"]
    assert passed
    assert [p["at"] for p in passed] == sorted(p["at"] for p in passed)
    assert {"Chen"} == {name for p in passed[-1:] for name in p["added"]}
    text = office.run("adopt", "trial").stdout
    assert f"{passed[-1]['when']}: add Chen and remove {passed[-1]['removed'][0]}" in text
    later = office.json("adopt", "trial", "--since", passed[-1]["at"], ends=1)
    assert later["watched"] == passed[-1:]
    assert office.json("adopt", "acme")["watched"] == []


def test_adopt_doubts_a_group_in_which_nobody_of_the_roster_is(office: Office) -> None:
    found = office.run("adopt", "trial")
    assert found.exit_code == 1
    assert "careful: none of the 6 people the roster names is in it" in found.stdout


def test_adopt_of_a_managed_group_offers_the_next_mode_only(office: Office) -> None:
    found = office.json("adopt", "acme")
    assert [m["mode"] for m in found["modes"]] == ["strict"]
    assert "mode: strict" in found["to_write"]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_no_command_shows_a_number(troubled: Office, command: tuple[str, ...]) -> None:
    numbers = re.compile(r"3519100000\d\d")
    for more in ((), ("--json",)):
        shown = troubled.run(*command, *more).output
        assert shown
        assert not numbers.search(shown)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_without_a_ledger_every_command_says_to_run_first(
    empty_office: Office, command: tuple[str, ...]
) -> None:
    found = empty_office.run(*command)
    assert found.exit_code == 3
    assert "rotation run" in found.output


def test_an_unknown_group_or_person_gets_a_suggestion(office: Office) -> None:
    group = office.run("status", "acne")
    person = office.run("explain", "chem", "acme")
    assert (group.exit_code, person.exit_code) == (2, 2)
    assert "Did you mean `acme`?" in group.output
    assert "Did you mean `chen`?" in person.output


def test_looking_writes_nothing(office: Office) -> None:
    before = (office.folder / "rotation.db").read_bytes()
    for command in COMMANDS:
        office.run(*command)
    assert (office.folder / "rotation.db").read_bytes() == before


def test_week_says_how_it_went_and_what_an_agent_has_before_them(office: Office) -> None:
    lines = office.text("week").splitlines()
    assert lines[0].startswith("The week to Mon ")
    assert any(line.startswith("On duty now in acme: Chen") for line in lines)
    assert any("proven" in line for line in lines)
    own = office.json("week", "chen")
    assert (own["person"], own["lines"][0]) == ("chen", "Your week")
    assert any(line.startswith("acme: you leave Mon ") for line in own["lines"])
