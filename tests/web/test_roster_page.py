"""The roster page: forms that say what they would do, and save just that, by whoever may."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rotation.ledger import Rights

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
DESK = """\
# the desk
people:
  aiko: {name: Aiko, phone: "+351910000000"}
  ben:  {name: Ben,  phone: "+351910000001"}
shifts:
  asia:
    zone: UTC
    hours: all day
    turns: {change: every day, from: 2026-01-05, order: [aiko, ben]}
groups:
  acme:  {account: main, chat: 120363041234567001@g.us, shifts: [asia], team: red}
  trial: {account: main, chat: 120363041234567003@g.us, shifts: [asia], team: blue}
"""


@pytest.fixture
def board(filed: Callable[[str], Board]) -> Board:
    """A board that the world reaches, whose roster files are in force."""
    return filed(DESK)


def signed_in(board: Board, rights: Rights = Rights.OPERATOR, *teams: str) -> Board:
    with board.ledger.writing() as books:
        secret = books.tokens.make("Mara", "otto", NOON, rights=rights, teams=teams)[1]
    board.cookies = {"rotation": secret}
    return board


def files(board: Board) -> str:
    return str((board.folder / "schedules" / "desk.yaml").read_text(encoding="utf-8"))


def hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


def sends(board: Board, path: str, fields: dict[str, Any], page: str | None = None) -> Any:  # noqa: ANN401 - an answer
    """Sends a form as the page at `path`, or `page`, has it, filled in."""
    page = board.page(path) if page is None else page
    return board.ask(path, "POST", data={**hidden(page), **fields})


def saves(board: Board, page: str, reason: str = "asked for") -> Any:  # noqa: ANN401 - an answer
    return board.ask("/roster/save", "POST", data={**hidden(page), "reason": reason})


@pytest.mark.promise("P-edits")
def test_a_new_agent_is_looked_at_saved_and_undone(board: Board) -> None:
    signed_in(board)
    form = {"name": "Gil Ro", "phone": "+351 910 000 009", "shift": "asia", "do": "look"}
    look = sends(board, "/roster/people", form)
    assert look.status_code == 200
    for said in (
        "New in the roster: Gil Ro.",
        "Gil Ro: 30 days more duty in the coming 13 weeks",
        "order: [aiko, ben, gil-ro]",
        'value="Gil Ro joins"',
    ):
        assert said in unescape(look.text)
    assert files(board) == DESK
    done = saves(board, look.text, "Gil joins")
    assert (done.status_code, done.headers["location"]) == (303, "/roster")
    assert "order: [aiko, ben, gil-ro]" in files(board)
    home = unescape(board.page("/roster"))
    name = re.search(r"<strong>(r\d+)</strong>", home)
    assert name
    assert "people gil-ro; shifts asia, Mara on the board (Gil joins)" in re.sub(
        r"</?bdi>", "", home
    )
    undo = board.page(f"/roster/undo/{name[1]}")
    assert saves(board, undo).status_code == 303
    assert files(board) == DESK


def test_somebody_leaves_and_a_group_is_adopted_in_five_taps(board: Board) -> None:
    signed_in(board)
    look = sends(board, "/roster/people/ben", {"do": "leaves"})
    assert "Out of the roster: Ben." in look.text
    assert saves(board, look.text, "ben leaves").status_code == 303
    assert "ben" not in files(board)
    look = sends(board, "/roster/groups/trial", {"do": "adopt"})
    assert "trial is in mode managed from then on" in look.text
    assert saves(board, look.text).status_code == 303
    assert "mode: managed" in files(board)


def test_a_new_shift_goes_into_many_groups_at_once_and_out_of_one_of_them(board: Board) -> None:
    signed_in(board)
    form = {
        "key": "night", "hours": "22:00 to 06:00", "zone": "Asia/Singapore", "people": "Ben",
        "change": "", "group": ["acme", "trial"], "do": "look",
    }  # fmt: skip
    look = sends(board, "/roster/shifts", form)
    assert saves(board, look.text).status_code == 303
    assert files(board).count("shifts: [asia, night]") == 2
    page = board.page("/roster/shifts/night")
    assert page.count('name="group" value="acme" checked') == 1
    form = {"hours": "22:00 to 06:00", "zone": "Asia/Singapore", "people": "Ben"}
    look = sends(board, "/roster/shifts/night", {**form, "group": "acme", "do": "look"})
    assert saves(board, look.text).status_code == 303
    assert files(board).count("shifts: [asia, night]") == 1


def test_a_table_is_pasted_and_what_it_added_is_taken_back(board: Board) -> None:
    signed_in(board)
    rows = "date\tshift\tname\n2026-01-20\tasia\taiko\n2026-01-21\tasia\taiko\n"
    look = sends(board, "/roster/paste", {"table": rows, "edit": "", "file": ""})
    assert saves(board, look.text).status_code == 303
    assert "- {cover: ben, by: aiko, shift: asia, from: 2026-01-20}" in files(board)
    home = board.page("/roster")
    assert "cover: ben, by: aiko, shift: asia, from: 2026-01-20" in home
    back = board.ask("/roster/changes", "POST", data={**hidden(home), "change": "0"})
    assert saves(board, back.text).status_code == 303
    assert files(board) == DESK


def test_what_is_wrong_is_said_with_its_remedy_and_nothing_is_saved(board: Board) -> None:
    signed_in(board)
    wrong = sends(board, "/roster/people", {"name": "Gil", "phone": "0910", "do": "look"})
    assert "`0910` has no country code" in unescape(wrong.text)
    assert "agreed" not in hidden(wrong.text)
    assert "It stands in the files like that already." in sends(
        board, "/roster/groups/acme", {"shift": "asia", "account": "main", "mode": "watch",
                                       "chat": "120363041234567001@g.us", "team": "red"}
    ).text  # fmt: skip
    assert sends(board, "/roster/paste", {"table": "", "edit": ""}).status_code == 400
    for path in ("/roster/people/nobody", "/roster/changes", "/roster/x", "/roster/undo/r99"):
        assert board.ask(path).status_code == 404
    assert files(board) == DESK


@pytest.mark.promise("P-door")
def test_only_whoever_may_saves_and_only_what_was_looked_at(board: Board) -> None:
    signed_in(board, Rights.VIEWER)
    assert "token with the role operator" in board.page("/roster/people")
    look = sends(board, "/roster/groups/trial", {"do": "adopt"}, "")
    assert look.status_code == 403
    signed_in(board, Rights.OPERATOR, "red")
    look = sends(board, "/roster/groups/trial", {"do": "adopt"})
    assert (look.status_code, "trial is not of team red" in look.text) == (403, True)
    signed_in(board)
    look = sends(board, "/roster/groups/trial", {"do": "adopt"})
    foreign = {**hidden(look.text), "form": "0" * 64, "reason": "x"}
    assert board.ask("/roster/save", "POST", data=foreign).status_code == 403
    evil = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    sent = {**hidden(look.text), "reason": "x"}
    assert board.ask("/roster/save", "POST", data=sent, headers=evil).status_code == 403
    assert saves(board, look.text, " ").status_code == 400, "a reason is needed"
    theirs = DESK.replace("# the desk", "# theirs")
    (board.folder / "schedules" / "desk.yaml").write_text(theirs, encoding="utf-8")
    assert saves(board, look.text).status_code == 409
    assert files(board) == theirs
    board.cookies = {}
    assert board.ask("/roster/save", "POST", data=sent).status_code == 401


def test_files_that_cannot_be_read_are_named_with_what_is_wrong(board: Board) -> None:
    signed_in(board)
    (board.folder / "schedules" / "desk.yaml").write_text("people: [\n", encoding="utf-8")
    answer = board.ask("/roster")
    assert (answer.status_code, "this is not YAML" in answer.text) == (409, True)


WORDS = st.text(max_size=12) | st.sampled_from(
    ["asia", "acme", "adopt", "leaves", "-1", "\x00", "a: ["]
)
FIELDS = (
    "name", "phone", "shift", "do", "key", "like", "change", "people", "hours", "table", "edit",
    "file", "mode", "keep_at_least", "agreed", "reason",
)  # fmt: skip
WHERE = (
    "people",
    "people/ben",
    "shifts/asia",
    "groups",
    "groups/acme",
    "paste",
    "changes",
    "save",
    "x",
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None
)
@given(
    where=st.sampled_from(WHERE),
    sent=st.dictionaries(st.sampled_from(FIELDS), WORDS, max_size=5),
    name=st.text(min_size=1, max_size=8),
)
def test_no_form_breaks_a_page(board: Board, where: str, sent: dict[str, str], name: str) -> None:
    if not board.cookies:
        signed_in(board)
        board.form = hidden(board.page("/roster/people"))
    answer = board.ask(f"/roster/{where}", "POST", data={**board.form, **sent})
    assert answer.status_code in {200, 303, 400, 403, 404, 409}, answer.text
    assert board.ask(f"/roster/people/{quote(name, safe='')}").status_code in {200, 404}
