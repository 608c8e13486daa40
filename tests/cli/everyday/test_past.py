"""history and holds: what happened and what waits, in names, and proof that it was not edited."""

import csv
import io
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from typing import Any, TypeAlias

import pytest

from rotation.ledger import Ledger

GUARDS = "SELECT name FROM sqlite_master WHERE type = 'trigger'"

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""


def test_holds_says_what_waits_and_what_to_do(troubled: Office) -> None:
    found = troubled.run("holds")
    assert found.exit_code == 1
    assert "acme, Dora: refused for" in found.stdout
    assert "do: ask the person to follow the invite" in found.stdout
    assert "acme, Ben: cover for" in found.stdout
    assert "(waiting for Dora)" in found.stdout


def test_holds_ends_well_when_nothing_waits(office: Office) -> None:
    found = office.run("holds")
    assert (found.exit_code, found.stdout) == (
        0,
        "nothing is held\nonly watched: trial; see `rotation adopt`\n",
    )


def test_history_speaks_in_names_newest_first(office: Office) -> None:
    text = office.text("history", "--group", "acme")
    assert "handover: Chen in, Aiko out, proven after 5 min" in text
    assert "Chen was added (shift, europe/2026-01-05/0, roster 0123abcd4567)" in text
    found = office.json("history")["entries"]
    times = [datetime.fromisoformat(e["at"]) for e in found]
    assert times == sorted(times, reverse=True)


def test_history_has_when_a_change_was_due_and_by_what_it_was_made(office: Office) -> None:
    kept = {"due": "2026-01-05T08:00:00+00:00", "certainty": "proven", "roster": "0123abcd4567"}
    added = next(e for e in office.json("history")["entries"] if "Chen was added" in e["text"])
    assert added | kept == added
    assert added["called"].startswith("2026-01-05T0")
    assert added["zone_data"]
    assert len(added["attempts"]) == 1


def test_history_of_one_person_has_nobody_elses_records(office: Office) -> None:
    found = office.json("history", "--person", "chen")["entries"]
    assert found
    assert all("Chen" in e["people"] for e in found)


def test_history_keeps_to_the_time_and_number_asked_for(office: Office) -> None:
    at_eight = ("--since", "2026-01-05T07:55:00Z", "--until", "2026-01-05T08:01:00Z")
    found = office.json("history", *at_eight)["entries"]
    assert {e["at"][:16] for e in found} == {"2026-01-05T08:00"}
    assert len(office.json("history", "--limit", "2")["entries"]) == 2


def test_history_as_csv_has_a_line_for_each_entry(office: Office) -> None:
    rows = list(csv.DictReader(io.StringIO(office.text("history", "--csv"))))
    assert len(rows) == len(office.json("history")["entries"])
    assert rows[0].keys() >= {"at", "kind", "group", "people", "reason", "origin", "text"}


def test_csv_cells_cannot_become_formulas(office: Office) -> None:
    by = ("--reason", "x", "--yes", "--author", "=HYPERLINK(1)")
    office.text("handover", "acme", "--in", "aiko", *by)
    (row,) = csv.DictReader(io.StringIO(office.text("history", "--csv", "--limit", "1")))
    assert row["origin"].startswith("'=HYPERLINK")


@pytest.mark.promise("P-evidence")
def test_history_verifies_the_chain(office: Office) -> None:
    found = office.json("history", "--verify")
    assert found["ok"]
    assert found["records"] > 0


@pytest.mark.promise("A5", "P-bounded")
def test_history_says_from_where_on_the_trail_is_whole_and_what_was_let_go(office: Office) -> None:
    ledger = Ledger(f"sqlite:///{office.folder / 'rotation.db'}")
    before = office.json("history", "--verify")
    assert before["let_go"] is None
    at_eight = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    with ledger.writing() as books:
        gone = books.retention.let_go(at_eight, at_eight, 1000, "keep 1 days").rows["audit"]
        cut = books.audit.cut()
    ledger.close()
    assert cut is not None
    found = office.json("history", "--verify")
    assert (found["ok"], found["records"]) == (True, before["records"] - gone + 1)
    told = found["let_go"]
    assert (told["seq"], told["digest"]) == (gone, cut.digest)
    assert datetime.fromisoformat(told["at"]) == cut.at
    said = office.text("history", "--verify")
    assert f"{found['records']} records from number {gone + 1} on, none changed" in said
    assert f"The {gone} before them were let go; the last of those is of {cut.at:%Y-%m-%d}" in said
    assert "what ended long ago was let go" in office.text("history")
    copied = office.text("backup", str(office.folder / "copy.db"))
    assert f"{found['records']} audit records, whole" in copied


@pytest.mark.promise("F38")
def test_history_names_the_first_record_that_was_changed(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "rotation.db")) as raw:
        for (name,) in raw.execute(GUARDS).fetchall():
            raw.execute(f"DROP TRIGGER {name}")
        raw.execute("UPDATE audit SET person = 'fay' WHERE seq = 2")
        raw.commit()
    found = office.run("history", "--verify")
    assert found.exit_code == 1
    assert "record 2 is not as it was written" in found.output


def test_json_and_csv_exclude_each_other(office: Office) -> None:
    assert office.run("history", "--json", "--csv").exit_code == 2
