"""Where more than this machine gets in, nothing is shown to whoever has no good token."""

import re
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from rotation.settings import Listening, Web
from rotation.surfaces.web.board.sign_in import TRIES, Throttle

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
EVERYWHERE = "http://board.example"
PAGE = {"accept": "text/html"}


def token(board: Board, until: datetime | None = None) -> str:
    with board.ledger.writing() as books:
        return str(books.tokens.make("Mara's phone", "mara", board.at, until)[1])


def sign_in(board: Board, secret: str, to: str = "/", **headers: str) -> Any:  # noqa: ANN401 - an answer
    """The form filled in as a browser does it; keeps the cookies that come."""
    answer = board.ask("/sign-in")
    form = re.search(r'name="form" value="([^"]*)"', answer.text)
    assert form
    board.cookies.update(answer.cookies)
    sent = {"form": form[1], "to": to, "token": secret}
    answer = board.ask("/sign-in", "POST", data=sent, headers=headers)
    board.cookies.update(answer.cookies)
    return answer


@pytest.mark.promise("P-door")
@pytest.mark.parametrize(
    "path",
    ["/", "/week", "/groups/acme", "/people/chen", "/holds", "/history", "/live", "/x",
     "/hooks", "/healthz/", "//", "/static", "/sign-in/../", "/HEALTHZ"],
)  # fmt: skip
def test_without_a_token_nothing_is_shown(shut: Board, path: str) -> None:
    answer = shut.ask(path)
    assert (answer.status_code, answer.text) == (401, "sign in first\n")
    answer = shut.ask(path, headers=PAGE)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/sign-in?to=/")


@pytest.mark.parametrize("path", ["/hooks/none", "/hooks/../people/chen", "/static/a/b"])
def test_what_is_open_to_all_shows_nothing_of_the_board(shut: Board, path: str) -> None:
    answer = shut.ask(path)
    assert answer.status_code in (401, 404)
    assert "0123abcd4567" not in answer.text
    assert "<" not in answer.text


def test_monitors_need_no_token(shut: Board) -> None:
    assert shut.ask("/healthz").status_code == 200


def test_a_good_token_opens_every_page_until_signing_out(shut: Board) -> None:
    answer = sign_in(shut, token(shut), to="/groups/acme")
    assert (answer.status_code, answer.headers["location"]) == (303, "/groups/acme")
    page = shut.page("/groups/acme")
    assert "Mara&#39;s phone" in page
    assert "Sign out" in page
    out = shut.ask("/sign-out", "POST")
    assert out.status_code == 303
    gone = out.headers.get_list("set-cookie")
    assert [one.partition("=")[0] for one in gone] == ["__Host-rotation", "rotation"]
    assert all("Max-Age=0" in one for one in gone)


def test_a_program_says_its_token_with_each_request(shut: Board) -> None:
    secret = token(shut)
    assert shut.ask("/", headers={"authorization": f"Bearer {secret}"}).status_code == 200
    assert shut.ask("/", headers={"authorization": f"Bearer {secret}x"}).status_code == 401
    assert shut.ask("/", headers={"authorization": f"Basic {secret}"}).status_code == 401


def test_the_cookie_is_for_this_host_alone_and_for_no_script(shut: Board) -> None:
    answer = shut.ask(f"{EVERYWHERE}/sign-in")
    (form,) = (c for c in answer.headers.get_list("set-cookie") if "rotation-form" in c)
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert word in form
    shut.cookies.clear()
    secret = token(shut)
    value = answer.cookies.get("rotation-form") or re.findall(r"rotation-form=(\w+)", form)[0]
    answer = shut.ask(
        f"{EVERYWHERE}/sign-in", "POST", data={"form": value, "token": secret},
        headers={"cookie": f"rotation-form={value}"},
    )  # fmt: skip
    (given,) = answer.headers.get_list("set-cookie")
    assert given.startswith(f"__Host-rotation={secret}; ")
    for word in ("HttpOnly", "SameSite=strict", "Secure", "Path=/"):
        assert word in given
    assert "Domain" not in given


def test_a_proxy_may_call_us_by_the_name_that_we_have_on_this_machine(shut: Board) -> None:
    answer = sign_in(
        shut, token(shut), origin="https://board.example", **{"sec-fetch-site": "same-origin"}
    )
    assert answer.status_code == 303
    (given,) = answer.headers.get_list("set-cookie")
    assert given.startswith("__Host-rotation=rot_")
    assert "Secure" in given
    shut.cookies = {"__Host-rotation": given.partition("=")[2].partition(";")[0]}
    assert shut.ask("/").status_code == 200


@pytest.mark.promise("P-door")
def test_a_revoked_or_ended_token_opens_nothing_at_once(shut: Board) -> None:
    soon = token(shut, NOON + timedelta(hours=1))
    bearer = {"authorization": f"Bearer {soon}"}
    assert shut.ask("/", headers=bearer).status_code == 200
    shut.at = NOON + timedelta(hours=1)
    assert shut.ask("/", headers=bearer).status_code == 401
    sign_in(shut, token(shut))
    assert shut.ask("/").status_code == 200
    with shut.ledger.writing() as books:
        for one in books.tokens.all():
            books.tokens.end(one.prefix, shut.at)
    assert shut.ask("/").status_code == 401


def test_a_wrong_token_is_said_and_too_many_have_to_wait(shut: Board) -> None:
    for _ in range(TRIES):
        answer = sign_in(shut, "rot_0123456789_" + "x" * 43)
        assert answer.status_code == 403
        assert "not known" in answer.text
    answer = sign_in(shut, token(shut))
    assert answer.status_code == 429
    assert "rotation=" not in answer.headers["set-cookie"]


def test_an_address_may_try_again_once_its_first_tries_are_long_ago() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for at in range(TRIES):
        now[0] = float(at)
        throttle.was_wrong("a")
    assert throttle.is_shut("a")
    assert not throttle.is_shut("b")
    now[0] = 59.9
    assert throttle.is_shut("a")
    now[0] = 60.0
    assert not throttle.is_shut("a")
    throttle.was_wrong("a")
    assert throttle.is_shut("a")
    now[0] = 61.0
    assert not throttle.is_shut("a")


@pytest.mark.promise("P-door")
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "same-origin", "origin": "https://evil.example"},
    ],
)
def test_another_sites_page_signs_nobody_in_or_out(shut: Board, headers: dict[str, str]) -> None:
    answer = sign_in(shut, token(shut), **headers)
    assert answer.status_code == 403
    assert "rotation=" not in answer.headers["set-cookie"]
    assert shut.ask("/sign-out", "POST", headers=headers).status_code in (401, 403)


@pytest.mark.parametrize("form", ["", "other", "\N{SNOWMAN}"])
def test_a_form_that_is_not_ours_signs_nobody_in(shut: Board, form: str) -> None:
    shut.cookies["rotation-form"] = "0123"
    answer = shut.ask("/sign-in", "POST", data={"form": form, "token": token(shut)})
    assert answer.status_code == 403


@pytest.mark.parametrize("body", [b"x" * 100_000, b"\xff\xfe", b"a&" * 50, b""])
def test_a_body_that_is_no_form_is_refused(shut: Board, body: bytes) -> None:
    assert shut.ask("/sign-in", "POST", content=body).status_code == 403


@pytest.mark.parametrize(
    "to", ["https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil", "/a\r\nb", ""]
)
def test_signing_in_leads_to_no_other_site(shut: Board, to: str) -> None:
    assert sign_in(shut, token(shut), to=to).headers["location"] == "/"


def test_that_a_token_is_in_use_is_noted_once_an_hour(shut: Board) -> None:
    bearer = {"authorization": f"Bearer {token(shut)}"}

    def used() -> datetime | None:
        with shut.ledger.reading() as books:
            return books.tokens.all()[0].used_at  # type: ignore[no-any-return]  # of a fixture

    assert used() is None
    shut.ask("/", headers=bearer)
    assert used() == NOON
    shut.at = NOON + timedelta(minutes=59)
    shut.ask("/", headers=bearer)
    assert used() == NOON
    shut.at = NOON + timedelta(minutes=60)
    shut.ask("/", headers=bearer)
    assert used() == shut.at


def test_where_only_this_machine_gets_in_nobody_has_to_sign_in_to_look(
    noon: Path, tmp_path: Path, make_board: Board
) -> None:
    shutil.copytree(noon, tmp_path, dirs_exist_ok=True)
    board = make_board(tmp_path, NOON)
    with closing(board.ledger):
        page = board.page("/")
        assert "Sign in to act" in page
        assert "Sign out" not in page
        sign_in(board, token(board))
        assert "Mara&#39;s phone" in board.page("/")
        board.cookies = {"rotation": "rot_0000000000_" + "x" * 43}
        assert "Sign in to act" in board.page("/"), "a wrong token shuts nobody out here"


@pytest.mark.promise("P-door")
def test_where_nobody_signs_in_to_act_every_page_says_so(noon: Path, make_board: Board) -> None:
    web = Web(Listening("127.0.0.1", 8780), is_dev=True)
    board = make_board(noon, NOON, web)
    with closing(board.ledger):
        for path in ("/", "/groups/acme", "/people/chen", "/holds", "/nothing"):
            page = board.ask(path).text
            assert "whoever opens this page may act, without signing in" in page
        assert board.ask("/sign-in").headers["location"] == "/"


def test_dev_opens_nothing_that_more_than_this_machine_reaches(
    noon: Path, make_board: Board
) -> None:
    web = Web(Listening("127.0.0.1", 8780), "https://board.example", is_dev=True)
    board = make_board(noon, NOON, web)
    with closing(board.ledger):
        assert board.ask("/").status_code == 401
