"""Each page says what the commands say, of one ledger at one instant."""

import re
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import GroupState, HeldItem, Kind, Role, Seat, Seen
from rotation.core.holds import Hold
from rotation.core.roster import AccountId, ChatId, GroupId, PersonId
from rotation.engine import wipes
from rotation.surfaces.web.board.room import SAID

Board: TypeAlias = Any
Make: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
PAGES = ("/", "/groups/acme", "/groups/trial/adopt", "/people/chen", "/holds", "/history", "/week")


def text(page: str) -> str:
    """What a reader sees, on one line."""
    body = page.partition("<main")[2].partition("</main>")[0]
    words = re.sub(r"<title>.*?</title>|<desc.*?</desc>", " ", body, flags=re.DOTALL)
    seen = " ".join(unescape(re.sub(r"<[^>]*>", " ", words)).split())
    return seen.replace(" ,", ",").replace(" :", ":").replace(" .", ".")


def card(page: str, group: str) -> str:
    """One room of the page of all rooms."""
    return text("<main>" + page.partition(f'data-key="{group}"')[2].partition("</article>")[0])


@pytest.mark.parametrize("path", PAGES)
def test_no_page_has_a_script_or_a_style_of_its_own(board: Board, path: str) -> None:
    page = board.page(path)
    scripts = re.findall(r"<script([^>]*)>([^<]*)", page)
    assert scripts
    assert all("src=" in attributes and not inside for attributes, inside in scripts)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:", page)


@pytest.mark.parametrize("path", PAGES)
def test_nobodys_number_is_on_a_page(troubled: Board, path: str) -> None:
    page = troubled.page(path.replace("chen", "dora"))
    assert not re.search(r"3519100|\+\d{6}|@c\.us", page)


@pytest.mark.promise("P-board")
def test_a_room_shows_who_is_in_until_when_and_what_comes_next(board: Board) -> None:
    shown = card(board.page("/"), "acme")
    assert "On duty Chen until 16:00 Lisbon (16:00 UTC)" in shown
    assert "Next 16:00 Lisbon (16:00 UTC): Emil in, Chen out" in shown
    assert "Chen in on duty europe 2026-01-05 08:00-16:00 Lisbon" in shown
    assert "Mara protected always in" in shown
    assert re.search(r"as of \d+ (s|min) ago", shown)


def test_with_nothing_to_do_a_room_says_so_and_a_watched_one_what_would_be(board: Board) -> None:
    page = board.page("/")
    assert "Nothing here needs a person" in text(page)
    assert "Chen would be joining" in card(page, "trial")


@pytest.mark.promise("P-board")
def test_what_needs_a_person_stands_first_with_the_command_for_it(troubled: Board) -> None:
    page = troubled.page("/")
    seen = text(page)
    assert seen.index("Needs a person") < seen.index("3 groups")
    assert "Dora in acme: refused" in seen
    assert "the chat refuses to add the person" in seen
    assert re.search(r'rotation release \d+ --reason "\.\.\."', seen)
    assert "Ben is still in acme" in seen  # overdue, since nobody on duty is seen
    assert seen.index("Ben is still in acme") < seen.index("Dora in acme: refused")
    assert seen.count("waiting for Dora") == 2 * seen.count(
        "is still in"
    )  # above, and in the group
    assert "stuck" in card(page, "acme")


def test_every_hold_is_listed_with_what_lifts_it(troubled: Board) -> None:
    seen = text(troubled.page("/holds"))
    with troubled.ledger.reading() as books:
        held = [h for h in books.holds.in_force() if h.item.hold != "mode"]
    assert held
    for hold in held:
        assert f"{hold.item.group}: {hold.item.hold}" in seen
    assert "Lifted by rotation, once the person is seen or the shift ends" in seen
    assert "Only watched trial" in seen


def test_one_room_has_its_calls_its_proofs_and_its_next_handovers(board: Board) -> None:
    seen = text(board.page("/groups/acme"))
    assert "handover: Chen in, Aiko out, proven after 5 min" in seen
    assert "add Chen: accepted" in seen
    assert "remove Aiko: accepted" in seen
    assert "Tue 00:00 Lisbon" in seen


def test_a_person_is_told_their_shifts_in_their_own_zone(board: Board) -> None:
    seen = text(board.page("/people/aiko"))
    assert "Mon 21:00 Tokyo" in seen
    assert "Wed 2026-01-07 09:00 to 17:00 Tokyo" in seen
    assert "asia: acme, bolt, trial" in seen
    assert "should not be in now: not on duty" in seen


def test_a_person_is_told_the_same_as_explain_tells(troubled: Board) -> None:
    seen = text(troubled.page("/people/dora"))
    assert "should be in, until 16:05 Lisbon (16:05 UTC)" in seen
    assert "the chat refused to add them: privacy" in seen


@pytest.mark.parametrize("path", ["/groups/none", "/people/nobody", "/nothing", "/groups/a/b"])
def test_an_address_without_a_page_says_so(board: Board, path: str) -> None:
    assert "Not here" in board.page(path, 404)


def test_rooms_are_found_by_part_of_their_name(board: Board) -> None:
    seen = text(board.page("/?find=BOL"))
    assert "1 of 3 group" in seen
    assert "acme" not in seen.partition("Find")[2]


@pytest.mark.parametrize("page", ["0", "-1", "2", "99999", "x", "9" * 400, "\u0661"])
def test_a_page_that_there_is_not_is_the_nearest(board: Board, page: str) -> None:
    assert "3 groups" in text(board.page(f"/?page={page}"))


def test_a_ledger_that_cannot_be_read_is_a_page_that_says_so(
    make_board: Make, tmp_path: Path
) -> None:
    (tmp_path / "rotation.db").write_bytes(b"not a database " * 99)
    found = make_board(tmp_path, datetime(2026, 1, 5, tzinfo=UTC))
    with closing(found.ledger):
        assert "The ledger cannot be read" in found.page("/", 503)


def test_what_pages_are_dressed_in_is_kept_by_browsers_under_its_own_address(board: Board) -> None:
    page = board.page("/")
    (sheet,) = re.findall(r'href="(/static/[0-9a-f]+/board\.css)"', page)
    answer = board.ask(sheet)
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]
    assert board.ask(sheet.replace("board.css", "other.css")).status_code == 404
    assert board.ask("/static/000000000000/board.css").status_code == 404


def test_the_page_itself_is_kept_by_nobody(board: Board) -> None:
    assert board.ask("/").headers["cache-control"] == "no-store"


@pytest.mark.promise("P-board")
def test_of_many_groups_those_that_need_a_person_stand_first(
    tmp_path: Path, make_board: Make, make_roster: Make, rehearsed: Make
) -> None:
    roster, starts = make_roster(), datetime(2026, 1, 5, 9, tzinfo=UTC)
    acme = roster.groups["acme"]
    many = [
        replace(acme, id=GroupId(f"g{n:03}"), chat=ChatId(f"1203630412345{n:05}@g.us"))
        for n in range(100)
    ]
    roster = replace(roster, groups={group.id: group for group in many})
    rehearsed(tmp_path, roster, starts, starts).ledger.close()
    found = make_board(tmp_path, starts)
    with closing(found.ledger), found.ledger.writing() as books:
        for name, hold in (("g098", Hold.NOT_ADMIN), ("g050", Hold.MODE)):
            item = HeldItem(hold, AccountId("main"), GroupId(name))
            books.holds.settle(None, GroupId(name), (item,), starts - timedelta(hours=1))
        late = Seat(GroupId("g099"), PersonId("ben"), seen=Seen.IN, op=Kind.REMOVE,
                    op_since=starts - timedelta(minutes=9), managed_since=starts)  # fmt: skip
        gone = GroupState(
            GroupId("g097"), AccountId("main"), due=starts, read_began_at=starts,
            read_ended_at=starts, size=3,
        )  # fmt: skip
        books.seats.save(late)
        books.groups.save(gone)
    with closing(found.ledger):
        pages = [found.page(f"/?page={n}") for n in (1, 2, 3)]
    order = [name for page in pages for name in re.findall(r'data-key="(g\d{3})"', page)]
    assert order[:3] == ["g097", "g098", "g099"]  # somebody missing, a hold, an overdue removal
    assert order[3:] == [f"g{n:03}" for n in range(97)]
    assert "Mara, always in g097, not seen there" in text(pages[0])
    assert "page 2 of 3" in text(pages[1])


def test_a_watched_group_shows_what_would_have_been_done_and_what_to_write(board: Board) -> None:
    page = board.page("/groups/trial/adopt")
    seen = text(page)
    assert re.search(
        r"Since yesterday it would have .*08:00 Lisbon.*: add Chen ?; remove Aiko", seen
    )
    assert re.search(r"With mode: managed ?, now add Chen ?: ", seen)
    assert "none of the 6 people the roster names is in it" in seen
    assert "trial: mode: managed" in seen
    assert "/groups/trial/adopt" in board.page("/groups/trial")
    assert "/groups/trial/adopt" in board.page("/holds")
    board.page("/groups/nowhere/adopt", 404)


def test_a_group_at_work_has_its_history_instead(board: Board) -> None:
    seen = text(board.page("/groups/acme/adopt"))
    assert "been at work: see its history" in seen
    assert "With mode: strict" in seen


@pytest.mark.promise("P-wipe-proof")
def test_a_leavers_page_says_how_far_the_wipe_is_and_what_is_left_to_people(
    tmp_path: Path, make_board: Make, make_roster: Make, rehearsed: Make
) -> None:
    starts = datetime(2026, 1, 5, 9, tzinfo=UTC)
    rehearsed(tmp_path, make_roster(), starts, starts + timedelta(minutes=5)).ledger.close()
    found = make_board(tmp_path, starts + timedelta(minutes=20))
    with closing(found.ledger):
        with found.ledger.writing() as books:
            at = starts + timedelta(minutes=6)
            wipes.begin(books, PersonId("chen"), "mara", "left the firm", at)
            seat = books.seats.of(GroupId("acme"))[PersonId("chen")]
            books.seats.save(replace(seat, role=Role.CREATOR, seen_at=at))
            state = books.groups.state(GroupId("acme"))
            assert state is not None
            books.groups.save(replace(state, read_began_at=at))
            held = HeldItem(Hold.PROTECTED, AccountId("main"), GroupId("acme"), PersonId("chen"))
            books.holds.settle(None, GroupId("acme"), (held,), at)
        seen = text(found.page("/people/chen"))
    assert "left the firm. The wipe: running, removed from 0 of 3 groups, 3 to go." in seen
    assert "acme: they created the group, and nobody can remove whoever did. To do:" in seen


def test_every_kind_of_call_has_words_on_the_page_of_its_room() -> None:
    assert set(SAID) == set(Kind)
