"""Whatever is asked for, and however: a page says what is wrong, and none breaks."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rotation.settings import Listening, Web

Board: TypeAlias = Any
"""What the fixtures give; tests look into it freely."""
PAGES = (
    "/", "/history", "/week", "/holds", "/review", "/review.csv", "/groups/acme",
    "/groups/acme/adopt", "/people/chen", "/workload", "/gaps", "/changes",
)  # fmt: skip
KEYS = ("find", "page", "group", "person", "kind", "since", "before", "from", "zone", "months")
WORDS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["acme", "chen", "handover", "2026-03-29", "2026-W13-1", "Europe/Lisbon", "UTC", "GMT0",
         "2026-01-05T08:00:00.000000Z1", "9999-12-31T23:59:59.999999Z9", "0001-01-01",
         "\x00", "../../../etc/passwd", "posixrules", "x" * 999, "Europe", "-1", "1e9"]
    ),
)  # fmt: skip


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(path=st.sampled_from(PAGES), query=st.dictionaries(st.sampled_from(KEYS), WORDS, max_size=4))
def test_no_question_breaks_a_page(board: Board, path: str, query: dict[str, str]) -> None:
    assert board.ask(path, params=query).status_code == 200


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(name=st.text(min_size=1, max_size=20), where=st.sampled_from(["groups", "people", "x"]))
def test_no_address_breaks_a_page(board: Board, name: str, where: str) -> None:
    assert board.ask(f"/{where}/{quote(name, safe='')}").status_code in (200, 404)


@pytest.mark.parametrize("host", ["[", "a b", "", "evil.example:x", "[::1", "\xff"])
@pytest.mark.parametrize("path", ["/", "/sign-in"])
def test_no_host_breaks_the_door(noon: Path, make_board: Board, host: str, path: str) -> None:
    web = Web(Listening("127.0.0.1", 8780), "https://board.example")
    found = make_board(noon, datetime(2026, 1, 5, 12, tzinfo=UTC), web)
    headers = {"host": host.encode("latin-1")}
    assert found.ask(path, headers=headers).status_code in (200, 400, 401)
    told = {**headers, "origin": b"http://[", "sec-fetch-site": b"same-origin"}
    assert found.ask("/sign-in", "POST", headers=told).status_code in (400, 403)
    found.ledger.close()
