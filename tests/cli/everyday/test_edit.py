"""edit: the roster files say something else, after a look at what that does; undone by its name."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.timeline import Timeline
from rotation.ledger import Books, Ledger, Rights
from rotation.roster_file import read, saving, snapshot
from rotation.settings import load
from rotation.surfaces.orders import (
    ORDERS,
    By,
    Changed,
    Channel,
    Counter,
    Made,
    NotAllowed,
    perform,
    weighed,
    wish_of,
)
from rotation.surfaces.orders.roster import recovered
from tests.answering import answering, gives

pytestmark = pytest.mark.promise("P-edits")
Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
WHY = ("--reason", "Gil joins", "--author", "mara")
DESK = """\
# the desk
people:
  aiko: {name: Aiko, phone: "+351910000000"}
  ben:  {name: Ben,  phone: "+351910000001"}
  chen: {name: Chen, phone: "+351910000002"}
  dora: {name: Dora, phone: "+351910000003"}
shifts:
  asia:   {zone: UTC, hours: 00:00 to 12:00, turns: {change: every day, from: 2026-01-05, order: [aiko, ben]}}
  europe: {zone: UTC, hours: 12:00 to 24:00, turns: {change: every day, from: 2026-01-05, order: [chen, dora]}}
groups:
  acme:  {account: main, chat: 120363041234567001@g.us, shifts: [asia, europe], mode: managed, team: red}
  trial: {account: main, chat: 120363041234567003@g.us, shifts: [asia, europe], team: blue}
"""  # noqa: E501 - as people write it
JOINS = """\
people: {gil: {name: Gil, phone: "+351910000009"}}
shifts: {europe: {turns: {order: [chen, dora, gil]}}}
"""


@pytest.fixture
def file(office: Office) -> Path:
    found: Path = office.folder / "schedules" / "desk.yaml"
    found.parent.mkdir()
    found.write_text(DESK, encoding="utf-8")
    return found


def edit(office: Office, text: str, *more: str) -> Any:  # noqa: ANN401 - a command's result
    (office.folder / "edit.yaml").write_text(text, encoding="utf-8")
    return office.run("edit", str(office.folder / "edit.yaml"), *WHY, *more)


def test_it_shows_lines_moves_and_gaps_and_writes_when_somebody_agrees(
    office: Office, file: Path
) -> None:
    found = edit(office, JOINS, "--dry-run")
    assert found.exit_code == 0
    assert file.read_text() == DESK
    for said in (
        '+  gil:  {name: Gil,  phone: "***009"}',
        "acme, trial  Wed 2026-01-07 12:00 to Thu 00:00 UTC",
        "New in the roster: Gil.",
        "Gil: 15 days more duty in the coming 13 weeks, from Wed 2026-01-07 12:00 on.",
        "Nothing new is left open in the coming 13 months.",
    ):
        assert said in found.stdout
    assert edit(office, JOINS).exit_code == 2, "there is nobody to ask"
    assert edit(office, JOINS, "--yes").exit_code == 0
    assert "order: [chen, dora, gil]" in file.read_text()
    assert "# the desk" in file.read_text()
    assert "gil" in read(file).people


def test_it_is_in_the_trail_and_undone_by_its_name(office: Office, file: Path) -> None:
    made = office.json("edit", str(_written(office, JOINS)), *WHY, "--yes")
    name = made["save"]
    assert made["files"] == ["desk.yaml"]
    listed = office.text("undo")
    assert name in listed
    assert "people gil; shifts europe" in listed
    history = office.text("history")
    assert "the roster files were edited: people gil; shifts europe (Gil joins, mara by" in history
    assert "351910000009" not in office.text("history", "--json")
    assert office.run("undo", name, "--yes").exit_code == 0
    assert file.read_text() == DESK
    assert "was undone already" in office.text("undo", name, "--yes")
    assert f"an edit of the roster files was undone: {name}" in office.text("history")


@dataclass
class Elsewhere:
    """A calendar program on this machine, at an address that is a secret."""

    url: str = ""
    status: int = 200
    text: str = ""

    def answer(self, to: BaseHTTPRequestHandler) -> None:
        gives(to, self.status, self.text.replace("\n", "\r\n"))


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    found = Elsewhere()
    with answering(found.answer) as place:
        found.url = f"{place}/private-5e2c/rota.ics"
        yield found


CALENDAR = """\
BEGIN:VCALENDAR
VERSION:2.0
PRODID:elsewhere
BEGIN:VEVENT
UID:1
DTSTAMP:20260101T000000Z
DTSTART:20260108T120000Z
DTEND:20260109T000000Z
SUMMARY:On call: Aiko
END:VEVENT
END:VCALENDAR
"""


def test_a_calendar_at_an_address_is_taken_again_and_kept_while_it_cannot_be_had(
    office: Office, file: Path, elsewhere: Elsewhere
) -> None:
    elsewhere.text = CALENDAR
    line = ("edit", elsewhere.url, "--shift", "europe", *WHY, "--yes")
    assert office.json(*line)["new"] is True
    taken = file.read_text()
    assert "by: aiko" in taken
    assert office.json(*line)["new"] is False, "it says so already"
    elsewhere.status = 500
    failed = office.run(*line)
    assert (failed.exit_code, file.read_text()) == (3, taken)
    assert "nothing was had from 127.0.0.1" in failed.stderr
    assert "the server answered 500. The files stay as they are" in failed.stderr
    elsewhere.status, elsewhere.text = 200, CALENDAR.replace("Aiko", "Zed")
    assert (office.run(*line).exit_code, file.read_text()) == (1, taken)
    nowhere = office.run("edit", "https://[calendar/rota.ics", *WHY)
    assert (nowhere.exit_code, "this is no address" in nowhere.stderr) == (2, True)
    assert "private-5e2c" not in failed.stderr + office.text("history", "--json")


def _written(office: Office, text: str) -> Path:
    found: Path = office.folder / "edit.yaml"
    found.write_text(text, encoding="utf-8")
    return found


def test_what_was_changed_since_is_not_put_back(office: Office, file: Path) -> None:
    name = office.json("edit", str(_written(office, JOINS)), *WHY, "--yes")["save"]
    file.write_text(file.read_text() + "# mine\n", encoding="utf-8")
    found = office.run("undo", name, "--yes")
    assert found.exit_code == 1
    assert f"the files were changed after {name}" in found.stderr
    assert office.run("undo", "r99", "--yes").exit_code != 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("people: {gil: {name: Gil}}", "desk.yaml:7: `phone` is missing"),
        ("peple: {}", "`peple` is no key of an edit. Did you mean `people`?"),
        ("shifts: {europe: {turns: {order: [chen, dor]}}}", "there is no person `dor`"),
    ],
)
def test_what_makes_no_roster_is_refused_with_its_place(
    office: Office, file: Path, text: str, said: str
) -> None:
    found = edit(office, text, "--yes")
    assert found.exit_code != 0
    assert said in found.stderr
    assert file.read_text() == DESK


def test_what_the_files_say_already_is_nothing_new(office: Office, file: Path) -> None:
    found = edit(office, "groups: {acme: {mode: managed}}", "--yes")
    assert (found.exit_code, found.stdout) == (0, "The files say so already, so nothing is new.\n")


def test_a_gap_that_it_opens_and_a_mode_that_it_raises_are_said(office: Office, file: Path) -> None:
    found = edit(
        office,
        "shifts: {europe: {hours: 13:00 to 24:00}}\ngroups: {trial: {mode: managed}}",
        "--dry-run",
    )
    said = " ".join(found.stdout.split())
    assert "New in acme and trial: nobody for 60 min between asia and europe" in said
    assert "trial is in mode managed from then on, and was in mode watch." in said
    assert "In trial that adds" in said
    assert file.read_text() == DESK


def test_whoever_is_forgotten_stands_in_no_kept_text(office: Office, file: Path) -> None:
    edit(office, "leaves: [dora]", "--yes")
    kept = file.parent / ".history"
    assert [p for p in kept.rglob("desk.yaml") if "dora" in p.read_text()]
    ledger = office.ledger()
    with ledger.writing() as books:
        books.rosters.adopt(read(file), "less", office.at, "26c")
        for group in books.seats.of_person("dora"):  # type: ignore[arg-type] # a person's key
            books.seats.drop(group, "dora")  # type: ignore[arg-type] # likewise
    ledger.close()
    found = office.run("forget", "dora", "--reason", "asked", "--yes")
    assert found.exit_code == 0, found.output
    assert not [p for p in kept.rglob("desk.yaml") if "dora" in p.read_text()]


# -- other ways in ------------------------------------------------------------------------


class Board:
    """Somebody who asks by the board; `seen` is what they looked at before."""

    def __init__(self, office: Office, ledger: Ledger) -> None:
        settings = load({}, config=office.config, need_secrets=False)

        def timeline(books: Books) -> tuple[str, Timeline]:
            digest, roster = books.rosters.in_force() or ("", read(settings.schedules))
            return digest, Timeline(roster)

        self.counter = Counter(ledger, lambda: office.at + timedelta(0), settings, timeline)

    def saves(self, text: str, *teams: str, seen: str | None = None) -> Made:
        by = By("mara", "Gil joins", Rights.OPERATOR, Channel.BOARD, frozenset(teams))
        order = ORDERS["roster"]
        return perform(self.counter, order, wish_of(order, {"edit": text}), by, seen)

    def looks(self, text: str) -> str:
        order = ORDERS["roster"]
        return weighed(self.counter, order, wish_of(order, {"edit": text})).gist


@pytest.fixture
def board(office: Office, file: Path) -> Any:  # noqa: ANN401 - a Board, closed afterwards
    ledger = office.ledger()
    with ledger.writing() as books:
        books.rosters.adopt(read(file), "files", office.at, "26c")
    yield Board(office, ledger)
    ledger.close()


def test_somebody_of_one_team_edits_what_is_of_that_team_alone(board: Any, file: Path) -> None:  # noqa: ANN401 - a Board
    assert board.saves("groups: {acme: {keep_at_least: 2}}", "red").new
    for text, said in (
        ("groups: {trial: {keep_at_least: 2}}", "trial is not of team red"),
        ("shifts: {asia: {hours: 01:00 to 12:00}}", "trial is not of team red"),
        ("groups: {acme: {team: blue}}", "more than the groups of team red"),
        ("groups: {trial: null}", "more than the groups of team red"),
        ("tell: [chen]", "more than the groups of team red"),
        ('people: {chen: {phone: "+351910000008"}}', "trial is not of team red"),
    ):
        with pytest.raises(NotAllowed, match=said):
            board.saves(text, "red")
    assert board.saves('people: {gil: {name: Gil, phone: "+351910000009"}}', "red").new
    assert "keep_at_least: 2" in file.read_text()


def test_what_changed_since_somebody_looked_is_not_saved(board: Any, file: Path) -> None:  # noqa: ANN401 - a Board
    seen = board.looks(JOINS)
    file.write_text(DESK.replace("# the desk", "# theirs"), encoding="utf-8")
    with pytest.raises(Changed):
        board.saves(JOINS, seen=seen)
    assert file.read_text() == DESK.replace("# the desk", "# theirs")
    assert board.saves(JOINS, seen=board.looks(JOINS)).new


def test_a_save_whose_record_was_not_written_is_put_back(board: Any, file: Path) -> None:  # noqa: ANN401 - a Board
    before = snapshot(file.parent)
    told = tuple((name, content + b"# half\n") for name, content in before)
    os.close(saving.save(before, told, "r9999")._lock)  # noqa: SLF001 - as the end of its process does
    assert recovered(board.counter.ledger, file.parent) == "r9999"
    assert snapshot(file.parent) == before
    name = board.saves(JOINS).name
    assert recovered(board.counter.ledger, file.parent) is None
    assert "gil" in file.read_text(), name


def test_a_table_of_people_is_an_edit_too(office: Office, file: Path) -> None:
    (office.folder / "new.csv").write_text("name,phone\nGil Ro,+351910000009\n", encoding="utf-8")
    found = office.run("edit", str(office.folder / "new.csv"), *WHY, "--yes")
    assert found.exit_code == 0, found.output
    assert read(file).people["gil-ro"].name == "Gil Ro"  # type: ignore[index] # a person's key
    again = office.run("edit", str(office.folder / "new.csv"), *WHY, "--yes")
    assert "so nothing is new" in again.stdout
    (office.folder / "new.csv").write_text("name,phone\nGil Ro,0910\n", encoding="utf-8")
    found = office.run("edit", str(office.folder / "new.csv"), *WHY, "--yes")
    assert (found.exit_code, "the table:2: phone: `0910` has no country" in found.stderr) == (
        1,
        True,
    )
