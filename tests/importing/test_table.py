"""A table of dates becomes the one rule behind it, or its rows are named."""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.roster import Every, Hours, PersonId, Shift, ShiftId, Turns
from rotation.core.served import Served
from rotation.importing import Asked, Converted, from_table
from rotation.roster_file import RosterErrors, read_snapshot

NOW = datetime(2026, 6, 1, tzinfo=UTC)
PAGE = Path(__file__).parents[2] / "docs" / "coming-from.md"
ROTA = Path(__file__).parent / "exports" / "rota.csv"
FIRST = date(2026, 3, 2)
HEAD = "date,shift,start,end,zone,person,phone"
NUMBERS = {
    "Ana Lim": "+65 9123 4567",
    "Ben Ortiz": "+351 91 234 5679",
    "Cleo Marsh": "+351 91 234 5680",
}
SHIFTS = """\
shifts:
  day:
    zone: Europe/Lisbon
    hours: 08:00 to 16:00
    days: weekdays
    turns: {change: every week, from: 2026-03-02, order: [ana-lim, ben-ortiz, cleo-marsh]}
  night:
    zone: Europe/Lisbon
    hours: 20:00 to 08:00
    days: every day
    turns: {change: every day, from: 2026-03-02, order: [ben-ortiz, cleo-marsh]}
"""


def row(day: date, who: str, *, shift: str = "day", hours: str = "08:00,16:00") -> str:
    return f"{day},{shift},{hours},Europe/Lisbon,{who},{NUMBERS.get(who, '')}"


def weeks(*people: str, days: Sequence[int] = range(7)) -> list[str]:
    """A row for each date of the weekdays, a week for each of `people`."""
    every = [FIRST + timedelta(days=n) for n in range(7 * len(people))]
    return [row(day, people[(day - FIRST).days // 7]) for day in every if day.weekday() in days]


def convert(rows: Sequence[str], head: str = HEAD) -> Converted:
    content = "\n".join([head, *rows, ""]).encode()
    return from_table(Asked("the table", "rota.csv", content), NOW)


def problems(rows: Sequence[str], head: str = HEAD) -> list[str]:
    with pytest.raises(RosterErrors) as wrong:
        convert(rows, head)
    return [str(one) for one in wrong.value.problems]


def test_a_table_becomes_the_rule_that_gives_every_row_across_a_clock_change() -> None:
    found = from_table(Asked("the table", ROTA.name, ROTA.read_bytes()), NOW)
    assert SHIFTS in found.text
    assert SHIFTS in PAGE.read_text(encoding="utf-8")
    (proof,) = found.proofs
    assert (proof.entries, proof.differences) == (48, ())
    assert len(read_snapshot([("made.yaml", found.text.encode())]).shifts) == 2


def test_rows_that_break_the_nearest_rule_are_named() -> None:
    rows = weeks("Ana Lim", "Ben Ortiz", "Cleo Marsh", "Ana Lim", days=range(5))
    rows[7] = row(date(2026, 3, 11), "Cleo Marsh")
    (told,) = problems(rows)
    assert "rota.csv:9:1: on 2026-03-11 the table has cleo-marsh, and it would be ben-ortiz" in told
    assert "they went every week from 2026-03-02: ana-lim, ben-ortiz, cleo-marsh. Mend" in told


def test_turns_that_do_not_come_back_are_no_rule() -> None:
    (told,) = problems(weeks("Ana Lim", "Ben Ortiz", "Cleo Marsh"))
    assert "rota.csv:22:1: the rows of day follow no turns that come back by this" in told


def test_a_table_that_may_go_on_in_two_ways_is_refused() -> None:
    days = [date(2026, 1, 20) + timedelta(days=n) for n in range(41)]
    rows = [row(day, "Ben Ortiz" if day.month == 2 else "Ana Lim") for day in days]
    (told,) = problems(rows)  # a February of four weeks
    assert "day may go on every 4 weeks from 2026-01-04: ana-lim, ben-ortiz, or every month" in told
    more = [row(date(2026, 3, 1) + timedelta(days=n), "Ana Lim") for n in range(1, 31)]
    assert "change: every month, from: 2026-01-01" in convert([*rows, *more]).text


@pytest.mark.parametrize("people", [("Ana Lim",), ("Ana Lim", "Ben Ortiz")])
def test_the_same_people_every_time_are_everyone(people: Sequence[str]) -> None:
    days = [FIRST + timedelta(days=n) for n in range(3)]
    text = convert([row(day, who) for day in days for who in people]).text
    order = ", ".join(who.lower().replace(" ", "-") for who in people)
    assert f"days: [mon, tue, wed]\n    everyone: [{order}]" in text


DESK = "2026-03-02,day,08:00,16:00,Europe/Lisbon"


def first(rows: list[str], one: str) -> None:
    rows[0] = one


HURT: list[tuple[Callable[[list[str]], object], str]] = [
    (lambda rows: rows.pop(2), "rota.csv:2:1: day has nobody on 2026-03-04. Give a row"),
    (lambda rows: rows.append(rows[0]), "rota.csv:30:1: the row stands in line 2 as well"),
    (lambda rows: rows.append(row(FIRST, "Ben Ortiz")), "rota.csv:30:1: day has several people"),
    (lambda rows: first(rows, "02/03/2026,day,08:00,16:00,Europe/Lisbon,Ana Lim,"),
     "rota.csv:2:1: date: `02/03/2026` may be read with either number as the month"),
    (lambda rows: first(rows, "2026-02-30,day,08:00,16:00,Europe/Lisbon,Ana Lim,"),
     "rota.csv:2:1: date: `2026-02-30` is no date"),
    (lambda rows: first(rows, "2026-03-02,day,8 am,16:00,Europe/Lisbon,Ana Lim,"),
     "rota.csv:2:3: start: `8 am` is no time of day"),
    (lambda rows: first(rows, "2026-03-02,day,08:00,08:00,Europe/Lisbon,Ana Lim,"),
     "rota.csv:2:4: end: `08:00 to 08:00` starts when it ends"),
    (lambda rows: first(rows, "2026-03-02,day,08:00,16:00,IST,Ana Lim,"),
     "rota.csv:2:5: zone: `IST`"),
    (lambda rows: first(rows, DESK + ",,"),
     "rota.csv:2:6: person: this must be one line of text"),
    (lambda rows: first(rows, DESK + ",Ana Lim,6.59E+9"),
     "rota.csv:2:7: phone: `6.59E+9` was rounded by a spreadsheet"),
    (lambda rows: first(rows, DESK + ",Ana Lim,91234567"),
     "rota.csv:2:7: phone: `91234567` has no country code"),
    (lambda rows: first(rows, DESK + ",Ana Lim,+6591234568"),
     "rota.csv:3:7: another row has another number for Ana Lim"),
    (lambda rows: first(rows, "2026-03-02,day,08:00"), "rota.csv:2:1: this row has 3"),
    (lambda rows: first(rows, row(FIRST, "Dee Ray")), "rota.csv: Dee Ray (dee ray): "),
]  # fmt: skip


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(("hurt", "said"), HURT)
def test_a_row_that_is_wrong_is_named_with_line_and_column(
    hurt: Callable[[list[str]], object], said: str
) -> None:
    rows = weeks("Ana Lim", "Ben Ortiz", "Ana Lim", "Ben Ortiz")
    hurt(rows)
    assert any(said in told for told in problems(rows)), problems(rows)


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ("date,start,end,person", "the first line names no column `zone`"),
        ("date,start,end,zone,person,name", "rota.csv:1:6: the column `person` is there twice"),
        (HEAD, "rota.csv: there are no rows"),
    ],
)
def test_a_table_without_its_columns_or_rows_is_refused(head: str, said: str) -> None:
    assert said in problems([], head)[0]


def test_more_rows_than_anybody_keeps_are_refused() -> None:
    assert "there are 5001 rows" in problems(["x"] * 5001)[0]


@settings(max_examples=min(10, settings.default.max_examples if settings.default else 10))
@given(
    st.sampled_from([Every.DAY, Every.WEEK]),
    st.integers(1, 2),
    st.permutations(sorted(NUMBERS)),
    st.frozensets(st.integers(0, 6), min_size=1),
)
def test_the_table_of_a_rule_becomes_a_rule_with_the_same_future(
    unit: Every, count: int, people: list[str], weekdays: frozenset[int]
) -> None:
    order = tuple(PersonId(who.lower().replace(" ", "-")) for who in people)
    turns = Turns(order, unit, count, FIRST)
    rule = Shift(ShiftId("day"), "Europe/Lisbon", Hours(480, 960), weekdays, turns)
    days = [FIRST + timedelta(days=n) for n in range(100)]
    days = [day for day in days if day.weekday() in weekdays]
    names = dict(zip(order, people, strict=True))
    text = convert([row(day, names[Served(rule).on_turn(day)[0]]) for day in days]).text
    made = read_snapshot([("made.yaml", text.encode())]).shifts[ShiftId("day")]
    later = [days[-1] + timedelta(days=n) for n in range(1, 300)]
    later = [day for day in later if day.weekday() in weekdays]
    assert [Served(made).on_turn(day) for day in later] == [
        Served(rule).on_turn(day) for day in later
    ]
