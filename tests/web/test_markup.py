"""Names and words that are markup stay text, wherever they are shown."""

from collections import Counter
from contextlib import closing
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import quote

import pytest

from rotation.core.facts import Effect, HeldItem
from rotation.core.holds import Hold
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Change, Doing, GroupId, PersonId

Make: TypeAlias = Any
"""What the fixtures give."""
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
    board = make_board(folder, now)
    asked, room = quote(words[0], safe=""), quote(group, safe="")
    with closing(board.ledger):
        paths = {
            "rooms": f"/?find={room}",
            "room": f"/groups/{room}",
            "adopt": f"/groups/{room}/adopt",
            "access": f"/groups/{room}/access?from={asked}&zone={asked}",
            "person": "/people/ben",
            "granted": "/people/fay",
            "holds": "/holds",
            "review": f"/review?find={room}",
            "history": "/history",
            "filtered": f"/history?person=ben&since={asked}",
            "week": f"/week?from={asked}&zone={asked}",
            "workload": f"/workload?from={asked}&zone={asked}",
            "gaps": "/gaps?months=4",
            "changes": "/changes",
            "changes_of": f"/changes?person={asked}",
            "gaps_of": f"/gaps?group={room}&months={asked}",
        }
        found = {name: board.page(path) for name, path in paths.items()}
        found["missing"] = board.page("/people/" + quote(words[3].replace("/", ""), safe=""), 404)
        return found


@pytest.mark.promise("P-markup")
@pytest.mark.parametrize(
    "name",
    [
        "rooms",
        "room",
        "access",
        "person",
        "granted",
        "holds",
        "review",
        "history",
        "filtered",
        "week",
        "workload",
        "gaps",
        "gaps_of",
        "changes",
        "changes_of",
        "missing",
    ],
)
def test_markup_in_any_name_or_word_changes_nothing_of_a_page(
    pages: dict[tuple[str, ...], dict[str, str]], name: str
) -> None:
    marked, plain = (Skeleton(pages[words][name]) for words in (MARKUP, PLAIN))
    assert marked.tags == plain.tags
    assert all(link.startswith(("/", "?", "#")) for link in marked.links)


@pytest.mark.promise("P-markup")
def test_markup_is_shown_as_it_was_written(pages: dict[tuple[str, ...], dict[str, str]]) -> None:
    shown = " ".join(Skeleton(page).text for page in pages[MARKUP].values())
    assert [word for word in MARKUP if word not in shown] == []
