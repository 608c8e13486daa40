"""A thousand tamperings with the trail of a real day: each is found, and its first record named."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import Connection, text

from rotation.core.reason import Reason
from rotation.ledger import Anchor, AuditRecord, BrokenChain, Ledger, in_memory
from rotation.ledger.chain import START, digest
from rotation.ledger.columns import instant_text
from rotation.roster_file import read
from rotation.surfaces.example import example_rosters
from rotation.wiring.example import world_for
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal

STARTS = datetime(2026, 3, 30, 5, tzinfo=UTC)
Row: TypeAlias = dict[str, Any]
Rows: TypeAlias = list[Row]
Way: TypeAlias = Callable[[random.Random, Rows], Rows]
CELLS = (
    "at",
    "kind",
    "group",
    "person",
    "reason",
    "origin",
    "detail",
    "attempts",
    "previous",
    "digest",
)
ROWS = text("SELECT * FROM audit ORDER BY seq")


@pytest.fixture(scope="module")
def day() -> Sequence[AuditRecord]:
    """What a daemon on the example rosters wrote down in a day and a half, oldest first."""
    roster = read(example_rosters())
    world = world_for(roster, STARTS, instance=INSTANCE, token=TOKEN, settled=True)
    life = Rehearsal(world, STARTS, ledger=in_memory())
    life.adopt(roster, "4be1d07c92f5")
    life.run(STARTS + timedelta(hours=36))
    with life.ledger.reading() as books:
        found = books.audit.after(0)
    life.ledger.close()
    return found


class Trail:
    """The day's trail in a ledger, and somebody who writes past its guards."""

    def __init__(self, ledger: Ledger, by_hand: Connection, day: Sequence[AuditRecord]) -> None:
        self._ledger, self._by_hand = ledger, by_hand
        with ledger.writing() as books:
            for one in day:
                books.audit.append(
                    at=one.at, kind=one.kind, group=one.group, person=one.person,
                    reason=one.reason, origin=one.origin, detail=one.detail, attempts=one.attempts,
                )  # fmt: skip
            self.anchor = books.audit.head()
        self.written = self.rows()

    def rows(self) -> Rows:
        return [dict(row) for row in self._by_hand.execute(ROWS).mappings()]

    def becomes(self, rows: Rows) -> None:
        there = {row["seq"]: row for row in self.rows()}
        wanted = {row["seq"]: row for row in rows}
        for seq in [seq for seq, row in there.items() if wanted.get(seq) != row]:
            self._by_hand.execute(text("DELETE FROM audit WHERE seq = :seq"), {"seq": seq})
        for row in (row for seq, row in wanted.items() if there.get(seq) != row):
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            self._by_hand.execute(text(f"INSERT INTO audit ({names}) VALUES ({values})"), row)  # noqa: S608 - names of columns

    def verdict(self, anchor: Anchor | None = None) -> BrokenChain | None:
        with self._ledger.reading() as books:
            return books.audit.verify(anchor)


@pytest.fixture
def trail(
    open_ledger: Callable[[], Ledger], unguarded: Connection, kind: str, day: Sequence[AuditRecord]
) -> Trail:
    if kind == "sqlite":
        unguarded.exec_driver_sql("PRAGMA synchronous = OFF")
    return Trail(open_ledger(), unguarded, day)


def other(draw: random.Random, name: str, value: Any) -> Any:  # noqa: ANN401 - a cell
    """Another value that the column takes."""
    if name == "reason":
        return draw.choice([reason.value for reason in Reason if reason.value != value])
    if isinstance(value, datetime):
        return value + timedelta(microseconds=draw.randrange(1, 10**9))
    if not value:
        return "x"
    at = draw.randrange(len(value))
    return value[:at] + draw.choice("-=+").replace(value[at], "~") + value[at + 1 :]


def numbered(rows: Rows) -> Rows:
    return [{**row, "seq": seq} for seq, row in enumerate(rows, 1)]


def chained(rows: Rows, at: int) -> Rows:
    """The records from a place on with digests that fit, as somebody makes them who knows how."""
    found = rows[:at]
    for row in rows[at:]:
        new = {**row, "previous": found[-1]["digest"] if found else START}
        *written, _ = (instant_text(v) if isinstance(v, datetime) else v for v in new.values())
        found.append({**new, "digest": digest(written)})
    return found


def one_of(draw: random.Random, rows: Rows, *, but_last: int = 0) -> int:
    return draw.randrange(len(rows) - but_last)


def edit(draw: random.Random, rows: Rows) -> Rows:
    at, name = one_of(draw, rows), draw.choice(CELLS)
    return [*rows[:at], {**rows[at], name: other(draw, name, rows[at][name])}, *rows[at + 1 :]]


def delete(draw: random.Random, rows: Rows) -> Rows:
    first = one_of(draw, rows, but_last=1)
    return rows[:first] + rows[draw.randrange(first + 1, len(rows)) :]


def delete_and_close_up(draw: random.Random, rows: Rows) -> Rows:
    return numbered(delete(draw, rows))


def swap(draw: random.Random, rows: Rows) -> Rows:
    one, two = draw.sample(range(len(rows)), 2)
    found = list(rows)
    found[one], found[two] = found[two], found[one]
    return numbered(found)


def shuffle(draw: random.Random, rows: Rows) -> Rows:
    first = one_of(draw, rows, but_last=3)
    last = draw.randrange(first + 2, len(rows) + 1)
    return numbered([*rows[:first], *reversed(rows[first:last]), *rows[last:]])


def repeat(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows)
    return numbered([*rows[: at + 1], *rows[at:]])


def insert(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows)
    return numbered([*rows[:at], {**rows[at], "person": "zoe"}, *rows[at:]])


def copy_over(draw: random.Random, rows: Rows) -> Rows:
    one, two = draw.sample(range(len(rows)), 2)
    return numbered([*rows[:one], rows[two], *rows[one + 1 :]])


def renumber(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows)
    return [*rows[:at], *rows[at + 1 :], {**rows[at], "seq": len(rows) + draw.randrange(2, 99)}]


def edit_with_a_digest_that_fits(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows, but_last=1)
    edited = [*rows[:at], {**rows[at], "person": "zoe"}, *rows[at + 1 :]]
    return [*chained(edited[: at + 1], at), *rows[at + 1 :]]


def rewrite_all_that_follows(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows)
    return chained([*rows[:at], {**rows[at], "person": "zoe"}, *rows[at + 1 :]], at)


def leave_out_and_rewrite(draw: random.Random, rows: Rows) -> Rows:
    at = one_of(draw, rows, but_last=1)
    return chained(numbered([*rows[:at], *rows[at + 1 :]]), at)


def cut_the_end(draw: random.Random, rows: Rows) -> Rows:
    return rows[: one_of(draw, rows)]


IN_THE_CHAIN: Mapping[str, Way] = {
    way.__name__: way
    for way in (
        edit, delete, delete_and_close_up, swap, shuffle, repeat, insert, copy_over, renumber,
        edit_with_a_digest_that_fits,
    )
}  # fmt: skip
"""What the chain shows by itself."""
BY_AN_ANCHOR: Mapping[str, Way] = {
    way.__name__: way for way in (rewrite_all_that_follows, leave_out_and_rewrite, cut_the_end)
}
"""What shows only against a digest that was kept elsewhere."""
EACH = {"sqlite": 78, "postgresql": 4}
"""So many tamperings of each of 13 kinds: more than a thousand in a file."""


def first_changed(before: Rows, after: Rows) -> int:
    """The place of the first record that is not as it was."""
    same = (one == two for one, two in zip(before, after, strict=False))
    return next(
        (n for n, is_same in enumerate(same, 1) if not is_same), 1 + min(len(before), len(after))
    )


@pytest.mark.slow
@pytest.mark.promise("A5", "P-evidence")
@pytest.mark.volume("tamperings with the audit", 13 * EACH["sqlite"], "13 kinds, each from a seed")
def test_each_of_a_thousand_tamperings_is_found_and_its_first_record_named(
    trail: Trail, kind: str
) -> None:
    assert trail.verdict(trail.anchor) is None
    assert len(trail.written) > 40
    for name, way in {**IN_THE_CHAIN, **BY_AN_ANCHOR}.items():
        draw = random.Random(name)
        for _ in range(EACH[kind]):
            tampered = way(draw, trail.written)
            first = first_changed(trail.written, tampered)
            assert first <= len(tampered) + 1
            trail.becomes(tampered)
            alone, anchored = trail.verdict(), trail.verdict(trail.anchor)
            assert anchored is not None, (name, first)
            if name in IN_THE_CHAIN:
                assert alone is not None, (name, first)
                shown_by_the_next = way is edit_with_a_digest_that_fits
                assert alone.seq == anchored.seq == first + shown_by_the_next, (name, alone.why)
            else:
                assert alone is None, (name, first)
                assert anchored.why.startswith(("the chain was cut", "the chain was rewritten"))
    trail.becomes(trail.written)
    assert trail.verdict(trail.anchor) is None
