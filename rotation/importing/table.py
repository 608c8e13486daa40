"""A rota kept in a spreadsheet, a row for each person and date, made into the rule behind it.

All rows are given by the rule, or the rows that break it are named and there is no roster.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple, Never, TypeAlias

from rotation.core.roster import Everyone, Hours, PersonId, Phone, Shift, ShiftId, Turns
from rotation.core.served import Served
from rotation.core.timeline import instant
from rotation.importing.directory import Directory, Known
from rotation.importing.found import Found, MisfitError
from rotation.importing.part import BEGINNING, Rendered
from rotation.importing.pattern import best, differs_later
from rotation.importing.proof import Proof, compared
from rotation.roster_file import forms
from rotation.roster_file.csv_text import Line, UncountableError, cells, plain_phone, unspread
from rotation.roster_file.naming import free, slug
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError
from rotation.roster_file.rows import Rows

_NAMES = {
    "date": "date", "shift": "shift", "start": "start", "from": "start", "end": "end", "to": "end",
    "zone": "zone", "timezone": "zone", "person": "person", "name": "person", "agent": "person",
    "phone": "phone", "number": "phone", "mobile": "phone",
}  # fmt: skip
_NEEDED = ("date", "start", "end", "zone", "person")
_MOST_ROWS = 5000
_FEW = 5
_CLOCK = re.compile(r"\d{1,2}:\d{2}(:00)?", re.ASCII)


class _Kind(NamedTuple):
    """What rows of one shift have in common."""

    name: str
    zone: str
    hours: Hours


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    day: date
    kind: _Kind
    who: str


_Rows: TypeAlias = list[tuple[_Row, PersonId]]


@dataclass(frozen=True, slots=True)
class Tabled:
    """The shifts that a table's rows come from, each row looked up in them again."""

    shifts: tuple[Shift, ...]
    proof: Proof | None


def tabled(name: str, content: bytes, directory: Directory) -> Tabled:
    """The shifts behind a CSV of rows. Raises RosterErrors with every row that is in the way."""
    rows = _read(name, content, directory)
    people = {row.who: directory.person(row.who) for row in rows}
    nameless = [who.problem(name) for who in people.values() if isinstance(who, MisfitError)]
    if nameless:
        raise RosterErrors(nameless)
    named = [(row, who) for row in rows if not isinstance(who := people[row.who], MisfitError)]
    kinds: defaultdict[_Kind, _Rows] = defaultdict(list)
    for row, who in sorted(named, key=lambda pair: pair[0].day):
        kinds[row.kind].append((row, who))
    shifts: list[Shift] = []
    problems: list[Problem] = []
    taken: set[str] = set()
    for kind, some in kinds.items():
        made = slug(kind.name)
        key = free(made if made[:1].isalpha() else f"shift-{made}".strip("-"), taken)
        try:
            shifts.append(_Rule(name, kind, some).shift(ShiftId(key)))
        except RosterErrors as wrong:
            problems += wrong.problems
    if problems:
        raise RosterErrors(problems)
    rendered = [_rendered(row, who) for row, who in named]
    return Tabled(tuple(shifts), compared("Everybody", shifts, rendered, (), BEGINNING))


def _rendered(row: _Row, who: PersonId) -> Rendered:
    hours, zone = row.kind.hours, row.kind.zone
    ends = row.day + timedelta(days=hours.days_later)
    return Rendered(instant(row.day, hours.starts, zone), instant(ends, hours.ends, zone), who)


class _Rule:
    """The rows of one shift, by date, and the rule behind them."""

    def __init__(self, name: str, kind: _Kind, rows: _Rows) -> None:
        self._name, self._kind = name, kind
        self._by_day: defaultdict[date, _Rows] = defaultdict(list)
        for row, who in rows:
            self._by_day[row.day].append((row, who))
        self._first, self._last = rows[0][0], rows[-1][0]

    def shift(self, key: ShiftId) -> Shift:
        weekdays = frozenset(day.weekday() for day in self._by_day)
        self._whole(weekdays)
        teams = [tuple(sorted(who for _, who in some)) for some in self._by_day.values()]
        whole = Shift(key, self._kind.zone, self._kind.hours, weekdays, Everyone(teams[0]))
        if len(set(teams)) == 1:
            return whole
        for some in self._by_day.values():
            if len(some) > 1:
                why = f"{self._kind.name} has several people here, and not always the same"
                self._refuse(some[1][0], why, "Tell their shifts apart by a column `shift`")
        return replace(whole, turns=self._turns(whole))

    def _turns(self, whole: Shift) -> Turns:
        who = {day: some[0][1] for day, some in self._by_day.items()}
        found = best(whole, who)
        if found is None:
            why = f"the rows of {self._kind.name} follow no turns that come back by this, the last"
            self._refuse(self._last, why, "Give a whole round, and the beginning of the next")
        if found.wrong:
            right = replace(whole, turns=found.turns)
            raise RosterErrors(self._breaking(right, found) for found in found.wrong)
        if other := differs_later(whole, found, who):
            why = f"{self._kind.name} may go on {_told(found.turns)}, or {_told(other)}"
            self._refuse(self._last, why, "Give more rows")
        return found.turns

    def _breaking(self, right: Shift, day: date) -> Problem:
        (row, who), turns = self._by_day[day][0], right.turns
        due = Served(right).on_turn(day)[0]
        said = _told(turns) if isinstance(turns, Turns) else ""
        why = f"on {day} the table has {who}, and it would be {due} if they went {said}"
        fix = "Mend the row; who swaps or stands in once is no part of the rule"
        return Problem(self._name, row.line, 1, why, fix)

    def _whole(self, weekdays: frozenset[int]) -> None:
        """Whether every date is there from the first to the last that the weekdays ask for."""
        day, missing = self._first.day, []
        while day < self._last.day:
            if day.weekday() in weekdays and day not in self._by_day:
                missing.append(day.isoformat())
            day += timedelta(days=1)
        if missing:
            more = f" and {len(missing) - _FEW} more" if len(missing) > _FEW else ""
            why = f"{self._kind.name} has nobody on {', '.join(missing[:_FEW])}{more}"
            self._refuse(self._first, why, "Give a row for each date, or a shift of its own")

    def _refuse(self, row: _Row, message: str, fix: str) -> Never:
        raise RosterErrors([Problem(self._name, row.line, 1, message, fix)])


def _told(turns: Turns) -> str:
    unit = turns.unit.value
    every = f"every {unit}" if turns.count == 1 else f"every {turns.count} {unit}s"
    return f"{every} from {turns.anchor}: {', '.join(turns.order)}"


# -- rows ---------------------------------------------------------------------------------


def _read(name: str, content: bytes, directory: Directory) -> list[_Row]:
    try:
        header, *lines = cells(name, content).lines
    except UncountableError as wrong:
        raise RosterErrors([wrong.problem]) from None
    if len(lines) > _MOST_ROWS:
        problem = Problem(name, 0, 0, f"there are {len(lines)} rows", f"Give {_MOST_ROWS} at most")
        raise RosterErrors([problem])
    reader = _Reader(name, _columns(name, header), len(header.cells), directory)
    rows = [row for line in lines if (row := reader.row(line)) is not None]
    seen: dict[tuple[date, _Kind, str], int] = {}
    for row in rows:
        above = seen.setdefault((row.day, row.kind, row.who), row.line)
        if above != row.line:
            text = f"the row stands in line {above} as well"
            reader.problems.append(Problem(name, row.line, 1, text, "Keep one of them"))
    if not rows and not reader.problems:
        reader.problems.append(Problem(name, 0, 0, "there are no rows", "Give one for each date"))
    if reader.problems:
        raise RosterErrors(reader.problems)
    return rows


def _columns(name: str, header: Line) -> dict[str, int]:
    columns: dict[str, int] = {}
    problems = []
    for place, cell in enumerate(header.cells):
        column = _NAMES.get("".join(unspread(cell).casefold().split()))
        if column in columns:
            text = f"the column `{column}` is there twice"
            problems.append(Problem(name, header.number, place + 1, text, "Keep one of them"))
        elif column is not None:
            columns[column] = place
    if missing := [c for c in _NEEDED if c not in columns]:
        text = f"the first line names no column {', '.join(f'`{c}`' for c in missing)}"
        fix = "Begin with date,shift,start,end,zone,person,phone"
        problems.append(Problem(name, header.number, 1, text, fix))
    if problems:
        raise RosterErrors(problems)
    return columns


class _Reader(Rows):
    def __init__(
        self, name: str, columns: Mapping[str, int], width: int, directory: Directory
    ) -> None:
        super().__init__(name, columns, width)
        self._directory = directory
        self._numbers: dict[str, Phone] = {}

    def row(self, line: Line) -> _Row | None:
        """The row; None where something is wrong with it, which is noted."""
        if not self.fits(line):
            return None
        day = self.cell(line, "date", day_written)
        starts = self.cell(line, "start", _clock)
        ends = self.cell(line, "end", _clock)
        hours = self.cell(line, "end", lambda _: _hours(starts, ends))
        zone = self.cell(line, "zone", forms.zone)
        who = self.cell(line, "person", forms.line, as_is=True)
        shift = self.cell(line, "shift", lambda text: text and forms.line(text), as_is=True)
        phone = self.cell(line, "phone", lambda text: plain_phone(text) if text else None)
        if day is None or hours is None or zone is None or who is None:
            return None
        key = " ".join(who.casefold().split())
        self._known(line, key, who, phone)
        return _Row(line.number, day, _Kind(shift or f"{starts} to {ends}", zone, hours), key)

    def _known(self, line: Line, key: str, who: str, phone: Phone | None) -> None:
        numbers = []
        if phone is not None and self._numbers.setdefault(key, phone) != phone:
            self.wrong(line, "phone", f"another row has another number for {who}", "Keep one")
        elif phone is not None:
            numbers.append(Found(f"line {line.number}", phone))
        self._directory.add(Known(key, who, None, None, numbers))


def day_written(text: str) -> date:
    if re.fullmatch(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}", text, re.ASCII):
        raise UnreadableError(
            f"`{text}` may be read with either number as the month", "Write 2026-01-31"
        )
    return forms.day(text)


def _clock(text: str) -> str:
    if not _CLOCK.fullmatch(text):
        raise UnreadableError(f"`{text[:40]}` is no time of day", "Write 08:00")
    hour, minute, *_ = text.split(":")
    return f"{int(hour):02}:{minute}"


def _hours(starts: str | None, ends: str | None) -> Hours | None:
    if starts is None or ends is None:
        return None
    whole = starts == "00:00" and ends in {"00:00", "24:00"}
    return forms.hours("all day" if whole else f"{starts} to {ends}")[0]
