"""A row that somebody damaged by hand: it holds its group or its account, and nothing else."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Because, Kind
from rotation.core.outcome import Accepted, InDoubt
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Everyone, GroupId, PersonId
from rotation.ledger import upgrade

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

MAIN, DESK = AccountId("main"), GroupId("desk")
ANYTHING = "neither a word of the list nor an instant {"
OF_DESK = "\"group\" = 'desk'"
ROWS = {
    "a seat's word": ("seats", "seen", f"{OF_DESK} AND person = 'ana'"),
    "a seat's flag": ("seats", "in_doubt", f"{OF_DESK} AND person = 'ana'"),
    "a grant's end": ("grants", "until", OF_DESK),
    "a handover's list": ("handovers", "incoming", OF_DESK),
    "an attempt's outcome": ("attempts", "outcome", f"{OF_DESK} AND kind = 'remove'"),
    "a notice's claim": ("notices", "concluded_at", OF_DESK),
    "a group's hold": ("groups", "hold", OF_DESK),
}


class Shell:
    """Somebody with a shell, the ledger's file and no regard for its triggers."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def say(self, statement: str, *values: object) -> list[Any]:
        with closing(sqlite3.connect(self._path, isolation_level=None)) as found:
            triggers = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
            for (trigger,) in found.execute(triggers).fetchall():
                found.execute(f"DROP TRIGGER {trigger}")
            return found.execute(statement, values).fetchall()

    def damage(self, table: str, column: str, which: str, value: object = ANYTHING) -> list[Any]:
        """What was there before, by row; more than nothing, or the test shows nothing."""
        before = self.say(f'SELECT rowid, "{column}" FROM {table} WHERE {which}')  # noqa: S608 - names of our own
        assert before
        self.mend(table, column, [(row, value) for row, _ in before])
        return before

    def mend(self, table: str, column: str, before: list[Any]) -> None:
        for row, value in before:
            self.say(f'UPDATE {table} SET "{column}" = ? WHERE rowid = ?', value, row)  # noqa: S608 - as above


@pytest.fixture
def over_a_file(day: Make, tmp_path: Path) -> Iterator[Callable[..., tuple[Any, Shell]]]:
    """A rehearsal of which others can reach the ledger."""
    path, made = tmp_path / "rotation.db", []
    upgrade(f"sqlite:///{path}")

    def make(**words: object) -> tuple[Any, Shell]:
        words = {"starts": "07:58", "groups": "desk other", "tell": "mara", **words}
        made.append(day(ledger=f"sqlite:///{path}", **words))
        return made[0], Shell(path)

    yield make
    for rehearsed in made:
        rehearsed.rehearsal.ledger.close()


def begun(rehearsed: Any, kind: Kind, person: PersonId | None) -> int:  # noqa: ANN401 - a rehearsed day
    """A call that is about to leave, and never does."""
    with rehearsed.by_hand() as books:
        because = Because(Reason.SHIFT, "x", "test")
        attempt: int = books.attempts.begin(
            account=MAIN, kind=kind, group=DESK, person=person, because=because,
            roster="", zone_data="", boot="", uptime=0.0, sent_at=rehearsed.now,
        ).id  # fmt: skip
    return attempt


@pytest.mark.promise("C4")
@pytest.mark.parametrize("row", list(ROWS))
def test_F34_a_damaged_row_holds_its_group_until_it_is_mended_and_no_other(
    over_a_file: Make, row: str
) -> None:
    table, column, which = ROWS[row]
    rehearsed, shell = over_a_file()
    rehearsed.fault("error_before", on=["remove"], chats=[rehearsed.chat("desk")], next=1)
    rehearsed.until("07:59")
    rehearsed.grant("dora", until="09:00", out=True)
    rehearsed.after(seconds=1)
    if table == "attempts":
        rehearsed.until("08:00:30")
    told = begun(rehearsed, Kind.NOTICE, None)
    with rehearsed.by_hand() as books:
        books.attempts.end(told, Accepted(), rehearsed.now)
        books.notices.claim(DESK, Kind.NOTICE, {PersonId("ben"): "x"}, told, rehearsed.now)
    before = shell.damage(table, column, which)
    sent = len(rehearsed.sent())
    rehearsed.rehearsal.restart()
    rehearsed.until("08:06")
    assert rehearsed.inside("other") == "ben", "the others go on"
    assert "ana" in rehearsed.inside("desk"), "and nothing is done here"
    assert {e["chat"] for e in rehearsed.calls("add", "remove")[sent:]} <= {rehearsed.chat("other")}
    assert rehearsed.holds() == {"desk": "damaged"}
    with rehearsed.books() as books:
        (held,) = books.holds.in_force()
    assert held.item.detail.startswith(f"{table} ")
    assert held.item.detail.endswith(f": {column}")
    assert held.item.detail in rehearsed.said("mara")[-1]
    shell.mend(table, column, before)
    rehearsed.after(minutes=4)
    assert rehearsed.holds() == {}
    assert rehearsed.inside("desk") == "ben"
    assert rehearsed.wrongs == {}


@pytest.mark.promise("C4")
def test_F34_a_group_whose_time_was_made_nonsense_is_looked_at_all_the_same(
    over_a_file: Make,
) -> None:
    rehearsed, shell = over_a_file()
    rehearsed.until("07:59")
    shell.damage("groups", "due", OF_DESK)
    rehearsed.until("08:04")
    assert (rehearsed.inside("desk"), rehearsed.inside("other")) == ("ben", "ben")
    assert rehearsed.holds() == {}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("C4", "F24")
@pytest.mark.parametrize("row", ["a seat's word", "a handover's list", "a group's hold"])
def test_F34_new_rosters_and_new_zone_data_come_into_force_beside_a_damaged_group(
    over_a_file: Make, row: str
) -> None:
    table, column, which = ROWS[row]
    rehearsed, shell = over_a_file()
    rehearsed.until("08:01")
    before = shell.damage(table, column, which)
    rehearsed.rehearsal.zone_data = "2026z"
    rehearsed.rehearsal.restart()
    both = Everyone((PersonId("ben"), PersonId("dora")))
    shifts = {s.id: replace(s, turns=both) for s in rehearsed.roster.shifts.values()}
    assert rehearsed.adopt(replace(rehearsed.roster, shifts=shifts)).in_force
    rehearsed.after(minutes=3)
    assert (rehearsed.inside("desk"), rehearsed.inside("other")) == ("ben", "ben dora")
    shell.mend(table, column, before)
    rehearsed.after(minutes=3)
    assert rehearsed.inside("desk") == "ben dora"
    assert rehearsed.wrongs == {}


@pytest.mark.promise("C4", "S5")
@pytest.mark.parametrize(
    ("table", "column"),
    [("people", "stranger"), ("leavers", "since"), ("accounts", "paused_why")],
)
def test_F34_what_all_groups_stand_on_holds_the_account_and_the_outside_hears_of_it(
    over_a_file: Make, table: str, column: str
) -> None:
    told: list[str] = []

    def alert(text: str) -> bool:
        told.append(text)
        return True

    rehearsed, shell = over_a_file(alert=alert)
    rehearsed.until("07:59")
    with rehearsed.by_hand() as books:
        books.leavers.mark(PersonId("dora"), "mara", "left", rehearsed.now)
    before = shell.damage(table, column, "true")
    rehearsed.rehearsal.restart()
    rehearsed.until("08:10")
    assert rehearsed.sent() == []
    assert rehearsed.holds() == {"main": "damaged"}
    assert len(told) == 1
    assert column in told[0]
    shell.mend(table, column, before)
    rehearsed.after(minutes=3)
    assert rehearsed.holds() == {}
    assert rehearsed.inside("desk") == "ben"
    assert rehearsed.wrongs == {}


@pytest.mark.promise("A1", "A2")
def test_F34_a_call_left_open_in_a_damaged_group_is_ended_in_doubt_once_it_is_mended(
    over_a_file: Make,
) -> None:
    rehearsed, shell = over_a_file()
    rehearsed.until("07:59")
    left_open = begun(rehearsed, Kind.ADD, PersonId("ben"))
    before = shell.damage("seats", "seen", f"{OF_DESK} AND person = 'ana'")
    rehearsed.rehearsal.restart()
    rehearsed.until("08:04")
    assert rehearsed.inside("other") == "ben"
    assert not rehearsed.attempts(Kind.ADD)[0].ended
    shell.mend("seats", "seen", before)
    rehearsed.after(minutes=5)
    found = next(a for a in rehearsed.attempts(Kind.ADD) if a.id == left_open)
    assert isinstance(found.outcome, InDoubt)
    assert rehearsed.inside("desk") == "ben"
    assert rehearsed.wrongs == {}


@pytest.mark.promise("A2", "S10")
def test_F34_an_answer_is_kept_though_what_follows_it_cannot_be_chosen(over_a_file: Make) -> None:
    """The row is damaged while a call is on its way: what comes next stands on it."""
    before: list[Any] = []

    def on_its_way() -> None:
        with rehearsed.books() as books:
            is_change = any(a.kind is Kind.ADD for a in books.attempts.open(MAIN))
        if is_change and not before:
            before.extend(shell.damage("leavers", "since", "true"))

    rehearsed, shell = over_a_file(starts="07:59:30", before_call=on_its_way)
    with rehearsed.by_hand() as books:
        books.leavers.mark(PersonId("dora"), "mara", "left", rehearsed.now)
    rehearsed.until("08:02")
    assert rehearsed.holds()["main"] == "damaged"
    (first,) = rehearsed.attempts(Kind.ADD)
    assert isinstance(first.outcome, Accepted)
    shell.mend("leavers", "since", before)
    rehearsed.after(minutes=3)
    assert rehearsed.inside("desk") == "ben"
    assert rehearsed.wrongs == {}
