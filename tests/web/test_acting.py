"""Acting on the board: a form, its plan, a yes, and a page on which it is carried out."""

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.core.holds import Hold
from rotation.ledger import Rights
from rotation.settings import Listening, Web
from rotation.surfaces.orders import ORDERS
from rotation.surfaces.orders.registry import PAGELESS
from rotation.surfaces.web.board.filled import form_token
from rotation.surfaces.web.pace import MOST_ORDERS

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
PRIVATE = Web(Listening("127.0.0.1", 8780))
DEV = Web(Listening("127.0.0.1", 8780), is_dev=True)
AS: TypeAlias = Callable[..., Board]


@pytest.fixture
def signed_in(noon: Path, tmp_path: Path, make_board: Board) -> Iterator[AS]:
    """Monday noon in a ledger of one's own, with somebody of these rights at the board."""
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True)
    made: list[Board] = []

    def sign_in(rights: Rights | None, *teams: str, web: Web = PRIVATE) -> Board:
        board = make_board(tmp_path, NOON, web)
        made.append(board)
        if rights is not None:
            with board.ledger.writing() as books:
                _, secret = books.tokens.make("Mara", "otto", NOON, rights=rights, teams=teams)
            board.cookies = {"rotation": secret}
        return board

    yield sign_in
    for board in made:
        board.ledger.close()


@pytest.fixture
def mara(signed_in: AS) -> Board:
    """An operator."""
    return signed_in(Rights.OPERATOR)


def fields(page: str) -> dict[str, list[str]]:
    """What a browser would send of a form as it stands."""
    found: dict[str, list[str]] = {}
    form = page.partition('<form class="ask"')[2].partition("</form>")[0]
    for tag in re.findall(r"<input [^>]*>", form):
        kind, name = _of(tag, "type"), _of(tag, "name")
        if kind not in {"radio", "checkbox"} or " checked" in tag:
            found.setdefault(name, []).append(_of(tag, "value"))
    selects = re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form, re.DOTALL)
    for name, options in selects:
        all_ = re.findall(r'<option value="([^"]*)"( selected)?', options)
        found[name] = [unescape(value) for value, _ in sorted(all_, key=lambda o: not o[1])[:1]]
    areas = re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form, re.DOTALL)
    found.update((name, [unescape(said.lstrip("\n"))]) for name, said in areas)
    return found


def _of(tag: str, name: str) -> str:
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else ""


def send(board: Board, path: str, sent: dict[str, Any], **headers: str) -> Any:  # noqa: ANN401 - an answer
    return board.ask(path.partition("?")[0], "POST", data=sent, headers=headers)


def planned(board: Board, path: str, **filled: Any) -> Any:  # noqa: ANN401 - an answer
    """The plan of a form, with some of it filled in otherwise than it is proposed."""
    form = board.ask(path)
    assert form.status_code == 200, form.text
    return send(board, path, {**fields(form.text), **filled, "step": "look"})


def done(board: Board, path: str, **filled: Any) -> Any:  # noqa: ANN401 - an answer
    """All the way: the form, the plan, yes, and the page that shows it."""
    plan = planned(board, path, **filled)
    assert plan.status_code == 200, plan.text
    meant = {"meant": "yes"} if "this is meant" in plan.text else {}
    answer = send(board, path, {**fields(plan.text), **meant, "step": "do"})
    assert answer.status_code == 303, answer.text
    return board.ask(answer.headers["location"])


def written(board: Board) -> tuple[int, int]:
    """How many grants and changes of duty there are."""
    with board.ledger.reading() as books:
        return len(books.grants.all()), len(books.changes.all())


def text(page: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", page))


# -- all the way ----------------------------------------------------------------------------


def test_a_group_is_handed_over_and_the_handover_undone(mara: Board) -> None:
    page = done(mara, "/orders/handover?groups=acme", reason="Chen is ill")
    assert "Written down as h1" in text(page.text)
    assert "joining" in page.text, "the group is shown as it is carried out"
    with mara.ledger.reading() as books:
        assert {g.author for g in books.grants.all()} == {"Mara (board)"}
        assert {g.reason for g in books.grants.all()} == {"Chen is ill"}
    assert "Undo h1" in mara.page("/groups/acme")
    undo = re.search(r'href="(/orders/undo\?name=h1)"', page.text)
    assert undo
    assert "h1 is ended" in text(done(mara, undo[1]).text)


def test_the_plan_says_what_happens_before_anything_does(mara: Board) -> None:
    plan = planned(mara, "/orders/cover?person=chen&reason=ill")
    said = text(plan.text)
    assert "Dora stands in for Chen in acme, bolt and trial" in said
    assert "Mon 2026-01-05 12:00 to 16:00 Lisbon (12:00 to 16:00 UTC)" in said
    assert "Why: ill. It is written down with the name Mara." in said
    assert written(mara) == (0, 0)


def test_whoever_is_ill_is_covered_by_the_next_in_order_until_the_end_of_their_duty(
    mara: Board,
) -> None:
    form = mara.page("/orders/cover?person=chen&reason=ill")
    assert fields(form)["by"] == ["dora"]
    assert "now, until 16:00 Lisbon" in text(form)
    page = done(mara, "/orders/cover?person=chen&reason=ill")
    assert "Written down as c1" in text(page.text)
    with mara.ledger.reading() as books:
        (made,) = books.changes.all()
    assert (made.person, made.other, made.ends) == ("chen", "dora", NOON.replace(hour=16))
    assert "Undo c1" in text(mara.page("/changes"))
    assert "Undo c1" in text(mara.page("/people/chen"))


def test_time_off_for_next_week_is_one_choice(mara: Board) -> None:
    form = mara.page("/orders/off?person=emil")
    week = re.search(r'value="([^"]*)"[^>]*> <bdi>next week, Mon 12 Jan to Sun 18 Jan', form)
    assert week
    done(mara, "/orders/off?person=emil", when=week[1])
    with mara.ledger.reading() as books:
        (made,) = books.changes.all()
    assert (str(made.first), str(made.last)) == ("2026-01-12", "2026-01-18")


def test_days_may_be_named_as_well(mara: Board) -> None:
    done(mara, "/orders/off?person=emil", when="days", first="2026-01-07", last="")
    none = planned(mara, "/orders/off?person=emil", when="days", first="", last="")
    assert none.status_code == 400
    assert "no day is named" in text(none.text)


def test_two_people_swap_shifts(mara: Board) -> None:
    form = mara.page("/orders/swap?person=chen")
    assert fields(form)["theirs"][0].startswith("dora|"), "the next in their order"
    done(mara, "/orders/swap?person=chen", mine="2026-01-07|europe", reason="agreed",
         theirs="dora|2026-01-08|europe")  # fmt: skip
    with mara.ledger.reading() as books:
        (made,) = books.changes.all()
    assert made.occurrence == "europe/2026-01-07/0"
    assert made.for_occurrence == "europe/2026-01-08/0"


def test_somebody_is_let_in_by_number(mara: Board) -> None:
    done(mara, "/orders/grant?group=acme", number="+44 7700 900123", name="Zoe", someone="",
         reason="the customer's engineer")  # fmt: skip
    assert "Zoe" in mara.page("/groups/acme")
    both = planned(mara, "/orders/grant?group=acme", number="+44 7700 900123", someone="ben",
                   reason="x")  # fmt: skip
    assert "Name one of them" in text(both.text)


def test_what_is_over_for_good_takes_a_second_yes(mara: Board) -> None:
    plan = planned(mara, "/orders/close?group=acme", message="Thank you all.", reason="over")
    assert "then Chen leaves" in text(plan.text)
    sent = fields(plan.text)
    answer = send(mara, "/orders/close", {**sent, "step": "do"})
    assert answer.status_code == 400
    assert "Say that it is meant" in answer.text
    answer = send(mara, "/orders/close", {**sent, "step": "do", "meant": "yes"})
    assert answer.status_code == 303
    assert "Open again" in mara.page("/groups/acme")
    done(mara, "/orders/reopen?ticket=acme", reason="not yet")


def test_an_admin_wipes_somebody_and_sees_how_far_it_is(signed_in: AS) -> None:
    admin = signed_in(Rights.ADMIN)
    page = done(admin, "/orders/wipe?person=chen")
    assert "Chen may be in no group any more" in text(page.text)
    assert "still to go: acme" in text(page.text)
    assert "Reinstate" in admin.page("/people/chen")


def test_a_hold_is_released_where_it_is_shown(
    refused: Path, tmp_path: Path, make_board: Board
) -> None:
    shutil.copytree(refused, tmp_path, dirs_exist_ok=True)
    board = make_board(tmp_path, NOON.replace(day=6, hour=9), DEV)
    with closing(board.ledger):
        with board.ledger.reading() as books:
            held = [h for h in books.holds.in_force() if h.item.hold is Hold.REFUSED]
        number = next(h.id for h in held if h.item.group == "acme")
        for path in ("/holds", "/groups/acme", "/people/dora", "/"):
            assert f'href="/orders/release?hold={number}"' in board.page(path)
        page = done(board, f"/orders/release?hold={number}", reason="she allows it now")
        assert f"Hold {number} will be released" in text(page.text)


def test_a_form_changed_once_more_has_kept_what_was_filled_in(mara: Board) -> None:
    plan = planned(mara, "/orders/cover?person=chen", by="fay", reason="a wedding")
    again = send(mara, "/orders/cover", {**fields(plan.text), "step": "edit"})
    kept = fields(again.text)
    assert (kept["by"], kept["reason"], kept["when"]) == (["fay"], ["a wedding"], ["|"])


# -- what speaks against it -----------------------------------------------------------------


def test_a_yes_to_a_plan_that_holds_no_more_shows_the_new_one(mara: Board) -> None:
    plan = planned(mara, "/orders/cover?person=chen&reason=ill")
    done(mara, "/orders/off?person=emil", when="days", first="2026-01-09")
    late = send(mara, "/orders/cover", {**fields(plan.text), "step": "do"})
    assert late.status_code == 409
    assert "This is the plan now" in text(late.text)
    assert written(mara) == (0, 1)
    assert send(mara, "/orders/cover", {**fields(late.text), "step": "do"}).status_code == 303


def test_what_would_be_refused_is_said_and_offers_no_yes(mara: Board) -> None:
    plan = planned(mara, "/orders/handover?groups=trial", reason="x")
    assert "It cannot be done" in plan.text
    assert "trial is only watched" in text(plan.text)
    assert "Do it" not in plan.text
    sent = {**fields(plan.text), "step": "do", "agreed": "0" * 16}
    assert send(mara, "/orders/handover", sent).status_code == 409
    with mara.ledger.reading() as books:
        (kept,) = books.audit.list(kind="refused")
    assert kept.origin == "Mara (board) by hand"


def test_without_a_reason_nothing_is_planned(mara: Board) -> None:
    plan = planned(mara, "/orders/handover?groups=acme", reason="  ")
    assert plan.status_code == 400
    assert "a reason is needed" in text(plan.text)


@pytest.mark.promise("P-hands")
def test_a_token_gives_no_more_orders_a_minute_by_the_board_and_the_api_than_it_may(
    mara: Board,
) -> None:
    asked = {"authorization": f"Bearer {mara.cookies['rotation']}"}
    for _ in range(MOST_ORDERS):
        assert mara.ask("/v1/orders/undo", "POST", json={}, headers=asked).status_code == 422
    assert mara.ask("/v1/orders/undo", "POST", json={}, headers=asked).status_code == 429
    answer = send(mara, "/orders/undo", {"form": form_token(mara.cookies["rotation"])})
    assert (answer.status_code, answer.headers["retry-after"].isdecimal()) == (429, True)
    assert "300 orders a minute are the most" in answer.text


def test_a_receipt_that_nobody_knows_leads_to_the_history(mara: Board) -> None:
    for name in ("none", "1-1-x", "0-0-x", "9-8-x", "1-999999999-x"):
        assert "stands in the history" in mara.page(f"/done/{name}", 404)


@pytest.mark.promise("P-hands")
@pytest.mark.parametrize(
    ("path", "filled", "says", "undo"),
    [
        ("handover?groups=acme", {"reason": "Chen is ill"}, "to be in, by hand", "undo?name=h1"),
        ("cover?person=chen", {"reason": "ill"}, "Duty was changed: cover", "undo?name=c1"),
        ("close?group=bolt", {"reason": "over", "message": "Thanks."}, "was closed",
         "reopen?ticket=bolt"),
        ("wipe?person=chen", {}, "Chen may be in no group", "reinstate?person=chen&amp;team="),
    ],
)  # fmt: skip
def test_after_a_restart_the_trail_tells_what_was_done_and_how_to_undo_it(
    signed_in: AS, path: str, filled: dict[str, str], says: str, undo: str
) -> None:
    before = signed_in(Rights.ADMIN)
    page = done(before, f"/orders/{path}", **filled)
    board = signed_in(None)
    board.cookies = before.cookies
    again = board.page(page.url.path)
    assert says in text(again)
    assert "As the trail tells it" in text(again)
    for one in (page.text, again):
        assert f'href="/orders/{undo}">Undo' in one
    board.cookies = {}
    assert says in text(looked := board.page(page.url.path))
    assert ">Undo" not in looked


# -- who may ---------------------------------------------------------------------------------

EXAMPLES = "groups=acme&group=acme&person=chen&name=h1&hold=1&ticket=acme&key=M-1"
BUTTONS = re.compile(r'href="/orders/')
PAGES = ("/", "/groups/acme", "/people/chen", "/holds", "/changes")
HAVE_PAGES = [name for name in ORDERS if name not in PAGELESS]


@pytest.mark.promise("P-hands")
@pytest.mark.parametrize("rights", [None, Rights.VIEWER])
def test_whoever_may_only_look_sees_no_button_and_gets_403(
    signed_in: AS, rights: Rights | None
) -> None:
    board = signed_in(rights)
    assert not any(BUTTONS.search(board.page(path)) for path in PAGES)
    pulse = board.ledger.pulse()
    for name in HAVE_PAGES:
        assert board.ask(f"/orders/{name}?{EXAMPLES}").status_code == 403
        assert send(board, f"/orders/{name}", {"step": "do"}).status_code == 403
    assert board.ledger.pulse() == pulse


@pytest.mark.promise("P-hands")
def test_a_yes_sent_without_the_right_to_is_kept_in_the_trail(signed_in: AS) -> None:
    board = signed_in(Rights.VIEWER)
    form = form_token(board.cookies["rotation"])
    for step in ("look", "edit", "do"):
        sent = {"form": form, "step": step, "groups": "acme", "reason": "x", "person": "chen"}
        assert send(board, "/orders/handover", sent).status_code == 403
    assert send(board, "/orders/cover", {"form": form, "step": "do"}).status_code == 403
    with board.ledger.reading() as books:
        (kept,) = books.audit.list(kind="refused")
    assert (kept.detail["command"], kept.origin) == ("handover", "Mara (board) by hand")


def test_whoever_has_no_token_is_led_to_sign_in_where_more_than_this_machine_gets(
    signed_in: AS,
) -> None:
    board = signed_in(None, web=Web(Listening("127.0.0.1", 8780), "https://board.example"))
    assert board.ask("/orders/cover?person=chen").status_code == 401
    assert send(board, "/orders/cover", {"step": "do"}).status_code == 401


@pytest.mark.promise("P-hands")
@pytest.mark.parametrize("name", ["wipe", "reinstate"])
def test_a_wipe_is_an_admins(signed_in: AS, mara: Board, name: str) -> None:
    assert "/orders/wipe" not in mara.page("/people/chen")
    assert mara.ask(f"/orders/{name}?person=chen").status_code == 403
    assert signed_in(Rights.ADMIN).ask(f"/orders/{name}?person=chen").status_code == 200


@pytest.mark.promise("P-hands")
def test_a_token_of_a_team_acts_on_no_other_group(signed_in: AS) -> None:
    board = signed_in(Rights.OPERATOR, "red")
    assert not BUTTONS.search(board.page("/groups/acme")), "a group of no team"
    plan = planned(board, "/orders/handover?groups=acme", reason="x")
    assert plan.status_code == 403
    assert "acme is not of team red" in text(plan.text)


@pytest.mark.promise("P-hands")
@pytest.mark.parametrize(
    ("change", "headers"),
    [
        ({"form": ""}, {}),
        ({"form": "0" * 64}, {}),
        ({}, {"sec-fetch-site": "cross-site"}),
        ({}, {"sec-fetch-site": "same-site"}),
        ({}, {"origin": "https://elsewhere.example"}),
        ({}, {"origin": "null"}),
    ],
)
def test_another_sites_page_orders_nothing(
    mara: Board, change: dict[str, str], headers: dict[str, str]
) -> None:
    plan = planned(mara, "/orders/handover?groups=acme", reason="x")
    sent = {**fields(plan.text), **change, "step": "do"}
    assert send(mara, "/orders/handover", sent, **headers).status_code == 403
    assert written(mara) == (0, 0)
    sent = {**fields(plan.text), "step": "do"}
    good = {"sec-fetch-site": "same-origin", "origin": "http://localhost"}
    assert send(mara, "/orders/handover", sent, **good).status_code == 303


def test_a_form_is_for_the_session_that_it_was_made_in(signed_in: AS) -> None:
    one, other = signed_in(Rights.OPERATOR), signed_in(Rights.OPERATOR)
    sent = fields(planned(one, "/orders/handover?groups=acme", reason="x").text)
    assert send(other, "/orders/handover", {**sent, "step": "do"}).status_code == 403


def test_on_a_board_in_dev_whoever_is_there_acts(signed_in: AS) -> None:
    board = signed_in(None, web=DEV)
    page = done(board, "/orders/handover?groups=acme", reason="x")
    assert "without signing in" in page.text
    with board.ledger.reading() as books:
        assert {g.author for g in books.grants.all()} == {"dev (board)"}


# -- what strangers send ---------------------------------------------------------------------

STRANGE = (
    "x" * 5000, '\x00"><img src=x onerror=alert(1)><script>alert(1)</script>{{ 7 * 7 }}',
    "99999999999999999999", "2026-02-30", "a|b|c|d",
)  # fmt: skip


@pytest.mark.parametrize("name", [*HAVE_PAGES, *sorted(PAGELESS), "nothing"])
def test_nothing_that_is_sent_breaks_a_form_or_comes_back_as_more_than_text(
    signed_in: AS, name: str
) -> None:
    board = signed_in(Rights.ADMIN)
    first = board.ask(f"/orders/{name}?{EXAMPLES}")
    assert first.status_code in {200, 404}
    known = fields(first.text)
    for strange in STRANGE:
        told = dict.fromkeys([*known, "person", "until", "begins", "when", "theirs"], strange)
        ours = {"form": known.get("form", [""]), "step": "look"}
        answers = [
            send(board, f"/orders/{name}", {**told, **ours, "reason": strange or "x"}),
            board.ask(f"/orders/{name}", params=told),
        ]
        for answer in answers:
            assert answer.status_code < 500, (strange, answer.text)
            assert "<script>alert" not in answer.text
            assert "<img" not in answer.text


def test_a_body_that_is_no_form_or_too_long_is_not_read(mara: Board) -> None:
    for body in (b"\xff\xfe", b"a" * (1 << 17), b"form=%ff&step=do", b"&".join([b"a=b"] * 1000)):
        answer = mara.ask("/orders/cover", "POST", content=body)
        assert answer.status_code == 403


def test_a_plan_made_long_ago_is_as_good_while_nothing_changed(mara: Board) -> None:
    plan = planned(mara, "/orders/handover?groups=acme", reason="x")
    mara.at = NOON + timedelta(minutes=30)
    answer = send(mara, "/orders/handover", {**fields(plan.text), "step": "do"})
    assert answer.status_code == 303
    with closing(mara.ledger), mara.ledger.reading() as books:
        assert {g.starts for g in books.grants.all()} == {mara.at}
