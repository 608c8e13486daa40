"""What a simulation tells: the summary, the JSON and the page, from a result made by hand."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, TypeAlias, cast

import pytest

from rotation.core.holds import Hold
from rotation.core.roster import PersonId, Roster
from rotation.surfaces.simulating import Asked, Came, Result, next_steps, page, sections
from rotation.surfaces.simulating.data import data
from rotation.surfaces.simulating.result import Held, Kept, Past, Stay, Told
from rotation.wiring.oracles import Needless, Violation, What
from rotation.wiring.oracles.heard import Why
from rotation.wiring.weather import Force

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a roster."""

AT = datetime(2026, 3, 2, 8, 5, 7, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TOLD = Told(
    {What.HOLD: 12, What.REMOVAL: 1},
    4,
    (Needless(AT, "Group g0: the group is full. To do: make room.", Why.PASSING),),
    0.04,
)
VIOLATION = Violation("S3", AT, "g0", "ana", "the list does not show enough people on duty")


@pytest.fixture
def result(desks: Make) -> Result:
    """A good year, in which somebody with an awkward name stayed on."""
    roster: Roster = desks()
    ana = replace(roster.people[PersonId("ana")], name='Ana "<b>" & Co')
    roster = replace(roster, people={**roster.people, PersonId("ana"): ana})
    came = Came(
        account="main",
        kept=(
            Kept("g0", False, 100, 97, 2, 1, 3 * MINUTE),
            Kept("g1", True, 50, 0, 0, 0, timedelta(0)),
        ),
        attempts=210,
        retries=10,
        restarts=3,
        told=TOLD,
        longest_stay=Stay(42 * MINUTE, "g0", "ben"),
        past_end=(Past("g0", "ana", AT, "strikes"),),
        absent=(),
        busiest={"add": 4, "remove": 3, "texts": 2, "reads": 11, "all": 17},
        held=(Held(Hold.STRIKES, 2, 90 * MINUTE, ("g0",), ("mara",)),),
        violations=(),
        trace="0" * 64,
    )
    return Result(Asked(roster, AT.replace(minute=0, second=0), 365, Force.WILD, 7, {}), (came,))


@pytest.fixture
def broken(result: Result) -> Result:
    came = replace(result.accounts[0], violations=(VIOLATION,) * 40)
    return replace(result, accounts=(came,))


def told(result: Result) -> str:
    return "\n".join(
        " | ".join((s.title, *cells, s.note)) for s in sections(result) for cells in (*s.rows, ())
    )


def test_the_summary_counts_handovers_and_says_who_stayed_longest(result: Result) -> None:
    text = told(result)
    for said in (
        "handovers | 100, 97 of them proven",
        "210 additions and removals, 10 of them again",
        "nobody on duty inside | 3.0 min",
        "42.0 min (Ben in g0)",
        "g0 | 100 | 97 | 2 | 1 | 3.0 min",
        "g1 | 50 | only watched",
        "additions | 4",
        "strikes | 2 | 90.0 min | g0 | Mara",
        "in past their end | 2026-03-02 08:05 | strikes",
        f"trace | {'0' * 64}",
    ):
        assert said in text


@pytest.mark.promise("P-told")
def test_what_people_had_to_hear_and_what_they_were_told_for_nothing_is_counted(
    result: Result,
) -> None:
    text = told(result)
    for said in (
        "people had to hear of | 12 holds, 1 overdue removal, 0 lost sessions and 0 dead daemons",
        "they were told | in 4 messages",
        "of these nobody needed | 1, 0.0 in a group and month",
    ):
        assert said in text
    (account,) = cast("list[dict[str, Any]]", data(result)["accounts"])
    assert account["told"]["lasted"]["dead daemon"] == 0
    assert account["told"]["needless_per_group_and_month"] == 0.04
    assert account["told"]["needless"][0]["why"] == "passing"


def test_each_violation_names_invariant_instant_group_and_person(broken: Result) -> None:
    rows = next(s for s in sections(broken) if s.title == "Violations")
    assert rows.rows[0] == (
        "S3", "2026-03-02 08:05:07", "g0", 'Ana "<b>" & Co', VIOLATION.text,
    )  # fmt: skip
    assert (len(rows.rows), rows.note) == (30, "and 10 more; --json has them all")


def test_what_to_do_next_follows_from_what_came_of_it(result: Result, broken: Result) -> None:
    again = "rotation simulate --from 2026-03-02T08:00Z --days 365 --faults wild --seed 7"
    assert "report it" in next(iter(next_steps(broken)))
    assert again in "\n".join(next_steps(broken))
    well = "\n".join(next_steps(result))
    assert again in well
    assert "strikes" in well
    calm = replace(result, asked=replace(result.asked, force=Force.NONE))
    assert "`join_early`" in "\n".join(next_steps(calm))
    assert "--faults mild" in "\n".join(next_steps(calm))


def test_the_json_has_every_violation_and_only_keys_of_people(broken: Result) -> None:
    found = data(broken)
    violations = found["violations"]
    assert isinstance(violations, list)
    assert (found["ok"], found["seed"], len(violations)) == (False, 7, 40)
    assert violations[0]["person"] == "ana"
    accounts = found["accounts"]
    assert isinstance(accounts, list)
    (account,) = accounts
    assert account["uncovered_minutes"] == 3.0
    assert account["groups"][0]["overtaken"] == 2
    assert "+351" not in str(found)


class _Tags(HTMLParser):
    """Every tag with its attributes, and whether those that need it are closed."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_needs_nothing_from_outside_and_runs_nothing(broken: Result) -> None:
    text, tags = page(broken), _Tags()
    tags.feed(text)
    assert tags.open == []
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags.seen}
    assert not {"src", "href", "onload", "style"} & {a for _, found in tags.seen for a in found}
    assert not re.search(r"https?:|url\(|@import", text)
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text


def test_the_page_writes_names_as_text_and_no_numbers(broken: Result) -> None:
    text = page(broken)
    assert "Ana &quot;&lt;b&gt;&quot; &amp; Co" in text
    assert "<b>" not in text
    assert "+351" not in text


def test_the_page_says_first_whether_anything_was_broken(result: Result, broken: Result) -> None:
    assert "No invariant was broken" in page(result)
    assert "Invariants were broken: 40" in page(broken)
