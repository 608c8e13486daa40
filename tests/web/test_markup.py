"""Names and words that are markup stay text, wherever they are shown."""

import asyncio
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html import unescape
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest
from starlette.routing import Route

from rotation.core.facts import Effect, HeldItem
from rotation.core.holds import Hold
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Change, Doing, GroupId, PersonId
from rotation.ledger import Rights
from rotation.settings import Listening, Web
from rotation.surfaces.orders import ORDERS, Kind, fields_of
from rotation.surfaces.orders.registry import PAGELESS
from rotation.surfaces.web.api.endpoints import endpoints
from rotation.surfaces.web.board import Desk, routes

Make: TypeAlias = Any
Board: TypeAlias = Any
"""What the fixtures give."""
Parts: TypeAlias = Mapping[str, Sequence[str]]
"""What stands in an address, by the name of the part."""
NAMES = ("aiko", "ben", "chen", "dora", "emil", "fay", "mara", "otto")
MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title><svg onload=alert(1)>",
    "{{ 7 * 7 }}{% raw %}",
    "<!--",
    "javascript:alert(1)",
    "]]>&lt;b&gt;&#60;i&#62;",
)
PLAIN = tuple(f"word{n}" for n in range(len(MARKUP)))


class Skeleton(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, links, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[tuple[str, ...]] = Counter()
        self.links: list[str] = []
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[(tag, *sorted(name for name, _ in attrs))] += 1
        self.links += [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.text += " ".join(value or "" for _, value in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture(scope="module")
def pages(
    tmp_path_factory: pytest.TempPathFactory,
    make_board: Make,
    rehearsed: Make,
    make_roster: Make,
) -> dict[tuple[str, ...], dict[str, str]]:
    """Every page of a desk whose people and words are called so, and so."""
    return {
        words: _pages(tmp_path_factory.mktemp("desk"), words, make_board, rehearsed, make_roster)
        for words in (MARKUP, PLAIN)
    }


def _pages(
    folder: Path, words: tuple[str, ...], make_board: Make, rehearsed: Make, make_roster: Make
) -> dict[str, str]:
    names = dict(zip(NAMES, words, strict=True))
    group = GroupId(words[1])  # no slash: that is none in an address
    starts = datetime(2026, 1, 5, 7, tzinfo=UTC)
    now = starts + timedelta(hours=2)
    life = rehearsed(folder, make_roster(names, acme=group), starts, now)
    with life.ledger.writing() as books:
        books.grants.make(
            group=group, person=PersonId("fay"), effect=Effect.IN, starts=now, duty=False,
            until=now + timedelta(hours=9), reason=words[1], author=words[2], now=now,
        )  # fmt: skip
        held = HeldItem(Hold.REFUSED, AccountId("main"), group, PersonId("fay"), words[3])
        books.holds.settle(None, group, (held,), now - timedelta(minutes=9))
        books.holds.settle(None, None, (HeldItem(Hold.ROSTER, detail=words[4]),), now)
        books.audit.append(
            at=now, kind="removed", group=group, person=PersonId("ben"), reason=Reason.MANUAL,
            origin=words[5], detail={"why": words[1]},
        )  # fmt: skip
        books.changes.make(
            Change(
                Doing.COVER, PersonId("ben"), PersonId("fay"), starts=now,
                ends=now + timedelta(hours=9), reason=words[1], author=words[2],
            ), now,
        )  # fmt: skip
        books.leavers.mark(PersonId("ben"), words[2], words[1], now)
    life.ledger.close()
    _write_files(folder, names)
    board = make_board(folder, now, Web(Listening("127.0.0.1", 8780), is_dev=True))
    shut = make_board(folder, now, Web(Listening("127.0.0.1", 8780)))
    with closing(board.ledger), closing(shut.ledger):
        return {**dict(_shown(board, words, group)), **dict(_signing_in(shut, words))}


def _write_files(folder: Path, names: Mapping[str, str]) -> None:
    """Roster files whose people are called so, for the pages that edit them."""
    people = {
        who: {"name": name, "phone": f"+3519100000{n:02}"}
        for n, (who, name) in enumerate(names.items())
    }
    shifts = {"asia": {"zone": "UTC", "hours": "all day", "everyone": [*names]}}
    group = {"account": "main", "chat": "120363041234567001@g.us", "shifts": ["asia"]}
    told = json.dumps({"people": people, "shifts": shifts, "groups": {"acme": group}})
    (folder / "schedules").mkdir()
    (folder / "schedules" / "desk.yaml").write_text(told, encoding="utf-8")


# -- every page there is --------------------------------------------------------------------

QUERY = ("find", "from", "to", "until", "since", "zone", "months", "rest", "group", "person",
         "kind", "like", "page")  # fmt: skip
"""What pages are asked for behind the question mark."""
ENDLESS = {"/live"}
REFUSED = "with words"
"""Pages on which other words may be refused for other reasons."""


def _shown(board: Board, words: Sequence[str], group: GroupId) -> Iterator[tuple[str, str]]:
    """Every page there is, by its address, and what comes of everything that is sent there."""
    there: Parts = {
        "group": (group,), "person": ("ben", "fay"), "name": ("ben", "asia", "acme", "h1"),
        "section": ("people", "shifts", "groups", "paste"), "receipt": ("1-1-x",),
        "of": ("people",), "digest": ("0",), "rest": ("nothing",),
    }  # fmt: skip
    wild = dict.fromkeys(there, (words[3].replace("/", ""),))
    asked = {name: words[n % len(words)] for n, name in enumerate(QUERY)}
    for path in _paths(routes(board.parts, asyncio.Event(), Desk(board.parts))):
        for how, parts, query in (("", there, {}), (" wild", wild, {}), (" asked", there, asked)):
            for n, address in enumerate(_addresses(path, parts)):
                yield from _asked(board, f"{path} {n}{how}", address, query)
    yield from _acted(board, words, group)


def _paths(found: Iterable[Route]) -> Iterator[str]:
    for route in found:
        if "GET" in (route.methods or ()) and route.path not in ENDLESS:
            yield route.path


def _asked(
    board: Board, name: str, address: str, query: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    answer = board.ask(address, params=query)
    assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.headers.get("content-type", "").startswith("text/html"):
        yield name, answer.text


def _addresses(path: str, parts: Parts) -> Iterator[str]:
    """What a path stands for. A page with a part of another name has to say what may be there."""
    named = re.findall(r"\{(\w+)[^}]*\}", path)
    for values in product(*(parts[name] for name in named)):
        filled = dict(zip(named, (quote(value, safe="") for value in values), strict=True))
        yield path.replace(":path}", "}").format_map(filled)


def _acted(board: Board, words: Sequence[str], group: GroupId) -> Iterator[tuple[str, str]]:
    """Every form of an order, its plan, a page of what was done; and an edit of the roster."""
    known = {"person": "ben", "group": group, "groups": group, "name": "h1", "hold": "1",
             "ticket": "OPS-1", "key": "M-1", "incoming": "fay", "reason": words[0]}  # fmt: skip
    form = {"form": _hidden(board.page("/orders/undo?name=h1"))["form"]}
    for name in sorted(ORDERS.keys() - PAGELESS):
        yield f"form of {name}", board.ask(f"/orders/{name}", params=known).text
        fields = [one.name for one in fields_of(ORDERS[name])]
        asked = {one: words[n % len(words)] for n, one in enumerate(fields)}
        for how, filled in (("as it is", known), (REFUSED, {**known, **asked})):
            sent = {**filled, **form, "step": "look"}
            yield f"{name} {how}", board.ask(f"/orders/{name}", "POST", data=sent).text
    sent = {**known, **form}
    plan = board.ask("/orders/handover", "POST", data={**sent, "step": "look"}).text
    made = board.ask("/orders/handover", "POST", data={**sent, **_hidden(plan), "step": "do"})
    yield "done", board.page(made.headers["location"])
    edit = {**form, "edit": json.dumps({"people": {"ben": {"name": words[3]}}})}
    look = board.ask("/roster/paste", "POST", data=edit).text
    yield "edit", look
    saved = {**_hidden(look), "reason": words[1]}
    assert board.ask("/roster/save", "POST", data=saved).status_code == 303
    yield "edited", board.page("/roster")


def _signing_in(board: Board, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The page on which one signs in, with all that comes back to whoever asked for it."""
    for n, word in enumerate(words):
        to, kept = f"/{word}", word.replace("\\", r"\\").replace('"', r"\"")
        headers = {"cookie": f'rotation-form="{kept}"', "origin": "http://localhost"}
        yield f"sign in {n}", board.ask("/sign-in", params={"to": to}, headers=headers).text
        sent = {"form": word, "token": word, "to": to}
        for path in ("/sign-in", f"/sign-in?to={quote(to)}"):
            answer = board.ask(path, "POST", data=sent, headers=headers)
            assert answer.status_code in {403, 429}
            yield f"no token {n} of {path.partition('?')[0]}", answer.text


def _hidden(page: str) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in found}


@pytest.mark.promise("P-markup")
def test_markup_in_any_name_or_word_changes_nothing_of_any_page(
    pages: dict[tuple[str, ...], dict[str, str]],
) -> None:
    assert pages[MARKUP].keys() == pages[PLAIN].keys()
    assert len(pages[PLAIN]) > 100
    skeletons = {name: Skeleton(page) for name, page in pages[PLAIN].items()}
    usual = {tag for one in skeletons.values() for tag in one.tags}
    for name, page in pages[MARKUP].items():
        marked, plain = Skeleton(page), skeletons[name]
        assert (name, marked.tags.keys() - usual) == (name, set())
        if not name.endswith(REFUSED):
            differs = marked.tags - plain.tags, plain.tags - marked.tags
            assert (name, differs) == (name, (Counter(), Counter()))
        assert [one for one in marked.links if not one.startswith(("/", "?", "#"))] == [], name


@pytest.mark.promise("P-markup")
def test_markup_is_shown_as_it_was_written(pages: dict[tuple[str, ...], dict[str, str]]) -> None:
    shown = " ".join(Skeleton(page).text for page in pages[MARKUP].values())
    assert [word for word in MARKUP if word not in shown] == []


@pytest.mark.promise("P-markup", "P-api")
def test_what_the_api_says_of_markup_no_browser_takes_for_a_page(shut: Board) -> None:
    with shut.ledger.writing() as books:
        secret = books.tokens.make(MARKUP[0], MARKUP[1], shut.at, rights=Rights.ADMIN)[1]
    asked = {"authorization": f"Bearer {secret}"}
    for number, one in enumerate(endpoints()):
        fields = fields_of(one.does) if one.does is not None else ()
        told = {
            f.name: MARKUP[(number + n) % len(MARKUP)]
            for n, f in enumerate(fields)
            if f.kind not in {Kind.FLAG, Kind.NUMBER} and not f.many
        }
        parts = {name: quote(told.pop(name, "x"), safe="") for name in one.parts}
        more: dict[str, Any] = {"params": told} if one.method == "GET" else {"json": {
            **told, "reason": MARKUP[number % len(MARKUP)]}}  # fmt: skip
        path = f"/v1{one.path.format(**parts)}"
        answer = shut.ask(path, one.method, headers=asked, **more)
        kind = "application/json" if answer.status_code < 300 else "application/problem+json"
        assert (answer.headers["content-type"], answer.status_code < 500) == (kind, True), path
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.text)
