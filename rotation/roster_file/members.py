"""A CSV file of subscriptions: who may be in which group until when. All of it is right, or none.

Nothing in it is guessed: a number without its country, a date that could be two, and a wall time
that comes twice or never are named with what to write instead.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from rotation import zone_data
from rotation.core.roster import MINUTES_A_DAY, GroupId, Phone
from rotation.core.timeline import instant, readings
from rotation.roster_file import forms
from rotation.roster_file.csv_text import (
    Line,
    UncountableError,
    cells,
    plain_phone,
    unspread,
)
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError, did_you_mean
from rotation.roster_file.rows import Rows

USUAL_WARNING = 7
_LONGEST_WARNING = 90
_NAMES = {
    "key": "key", "id": "key",
    "phone": "phone", "number": "phone",
    "name": "name", "group": "group", "until": "until", "language": "language",
    "warn": "warn", "warn_days": "warn",
}  # fmt: skip
_NEEDED = ("key", "phone", "name", "group", "until")
_KEY = re.compile(r"\S(?:.{0,62}\S)?")
_SERIAL = re.compile(r"\d{5}([.,]\d+)?", re.ASCII)
_EITHER_WAY = re.compile(r"\d{1,2}[./-]\d{1,2}[./-](\d{2}|\d{4})(\s.*)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_WALL = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}):(\d{2})(?::00)?\s+(\S+)", re.ASCII)
_SUFFIX = 7
"""Digits of a number by which its owner is told."""
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_HOW = "Write 2027-01-31, 2027-01-31 18:00 Europe/Lisbon, or 2027-01-31T18:00Z"


@dataclass(frozen=True, slots=True)
class Member:
    """One row: somebody, under a key of their own, in a group until an instant."""

    line: int
    key: str
    phone: Phone
    name: str
    group: GroupId
    until: datetime
    language: str | None
    warn_days: int


@dataclass(frozen=True, slots=True)
class MemberList:
    """What a file says, and remarks on it: nothing that stops it, something to look at."""

    members: tuple[Member, ...]
    remarks: tuple[Problem, ...]


def members(name: str, content: bytes, zones: Mapping[GroupId, str | None]) -> MemberList:
    """The members that a file called `name` lists. Raises RosterErrors with all its problems.

    `zones` are the groups there are, and where the clocks of each are read (None: nowhere): a date
    without a time ends with that day there.
    """
    try:
        found = cells(name, content)
    except UncountableError as wrong:
        raise RosterErrors([wrong.problem]) from None
    header, *rows = found.lines
    columns, problems, remarks = _columns(name, header)
    if found.encoding == "Windows-1252":
        remarks.append(Problem(name, 0, 0, "it was read as Windows-1252", "Look at its names"))
    if problems:
        raise RosterErrors(problems)
    reader = _Rows(name, columns, len(header.cells), zones)
    listed = [member for row in rows if (member := reader.read(row)) is not None]
    problems = [*reader.problems, *_twice(name, columns, listed)]
    if problems:
        raise RosterErrors(problems)
    return MemberList(tuple(listed), tuple(remarks))


def member(row: Mapping[str, str], zones: Mapping[GroupId, str | None]) -> Member:
    """One member, of what the columns of such a file would say. Raises RosterErrors."""
    columns = {name: place for place, name in enumerate(row)}
    reader = _Rows("", columns, len(row), zones)
    found = reader.read(Line(1, tuple(row.values())))
    if found is None:
        raise RosterErrors(reader.problems)
    return found


def _columns(name: str, header: Line) -> tuple[dict[str, int], list[Problem], list[Problem]]:
    """Where each column stands, counted from 0."""
    columns: dict[str, int] = {}
    problems, remarks = [], []
    for place, cell in enumerate(header.cells):
        told = "_".join(unspread(cell).casefold().split())
        column = _NAMES.get(told)
        if column is None and told:
            text = f"the column `{told[:40]}` is not read"
            remarks.append(
                Problem(name, header.number, place + 1, text, did_you_mean(told, _NAMES))
            )
        elif column in columns:
            text = f"the column `{column}` is there twice"
            problems.append(Problem(name, header.number, place + 1, text, "Keep one of them"))
        elif column is not None:
            columns[column] = place
    if missing := [c for c in _NEEDED if c not in columns]:
        text = f"the first line names no column {', '.join(f'`{c}`' for c in missing)}"
        fix = f"Begin with {','.join(_NEEDED)}"
        problems.append(Problem(name, header.number, 1, text, fix))
    return columns, problems, remarks


class _Rows(Rows):
    def __init__(
        self,
        name: str,
        columns: Mapping[str, int],
        width: int,
        zones: Mapping[GroupId, str | None],
    ) -> None:
        super().__init__(name, columns, width)
        self._zones = zones

    def read(self, row: Line) -> Member | None:
        """The row's member; None where something is wrong with it, which is noted."""
        before = len(self.problems)
        if not self.fits(row):
            return None
        phone = self.cell(row, "phone", plain_phone)
        group = self.cell(row, "group", self._group)
        key = self.cell(row, "key", lambda text: _key(text, phone))
        who = self.cell(row, "name", forms.line, as_is=True)
        until = self.cell(row, "until", lambda text: self._until(text, group))
        language = self.cell(row, "language", lambda text: forms.language(text) if text else None)
        warn = self.cell(row, "warn", _warn_days)
        if len(self.problems) > before:
            return None
        if key is None or phone is None or who is None or group is None or until is None:
            return None
        days = USUAL_WARNING if warn is None else warn
        return Member(row.number, key, phone, who, group, until, language, days)

    def _group(self, text: str) -> GroupId:
        if text not in self._zones:
            raise UnreadableError(
                f"there is no group `{text[:64]}`", did_you_mean(text, map(str, self._zones))
            )
        return GroupId(text)

    def _until(self, text: str, group: GroupId | None) -> datetime:
        zone = "UTC" if group is None else self._zones[group]  # no group is a mistake of its own
        at = _instant(text, zone, group)
        if not _FIRST <= at < _LAST:
            raise UnreadableError(f"`{text}` lies outside the years 2000 to 2099", _HOW)
        return at


def _key(text: str, phone: Phone | None) -> str:
    if not _KEY.fullmatch(text) or not text.isprintable():
        raise UnreadableError("a key is one line of 1 to 64 characters", "Write a key of your own")
    digits = "".join(filter(str.isdecimal, text))
    if phone is not None and len(digits) >= _SUFFIX and digits in phone:
        raise UnreadableError(
            "the key is the number itself, which is kept nowhere but with the person",
            "Write a key of your own, like M-1042",
        )
    return text


def _warn_days(text: str) -> int:
    if not text:
        return USUAL_WARNING
    if not text.isascii() or not text.isdecimal() or int(text[:6]) > _LONGEST_WARNING:
        raise UnreadableError(
            f"`{text[:40]}` is no number of days", f"Write 0 (never) to {_LONGEST_WARNING}"
        )
    return int(text)


def _instant(text: str, zone: str | None, group: GroupId | None) -> datetime:
    if _DATE.fullmatch(text):
        return _end_of(forms.day(text), zone, group)
    if found := _WALL.fullmatch(text):
        return _wall(text, *found.groups())
    if _SERIAL.fullmatch(text):
        raise UnreadableError(f"`{text}` is how a spreadsheet counts days", _HOW)
    if _EITHER_WAY.fullmatch(text):
        raise UnreadableError(f"`{text}` may be read with either number as the month", _HOW)
    try:
        at = datetime.fromisoformat(text)
        if at.tzinfo is None:
            raise UnreadableError(f"`{text}` names no zone", _HOW)
        return at.astimezone(UTC)
    except (ValueError, OverflowError) as wrong:
        if isinstance(wrong, UnreadableError):
            raise
        raise UnreadableError(f"`{text[:40]}` is no date", _HOW) from None


def _end_of(day: date, zone: str | None, group: GroupId | None) -> datetime:
    if zone is None:
        raise UnreadableError(
            f"{group} has no shift, so nothing says by which clocks {day} ends", _HOW
        )
    return instant(day, MINUTES_A_DAY, zone)


def _wall(text: str, day: str, hour: str, minute: str, zone: str) -> datetime:
    if refused := zone_data.why_not(zone):
        message, _, fix = refused.partition(". ")
        raise UnreadableError(message, fix)
    minutes = int(hour) * 60 + int(minute)
    if int(minute) > 59 or minutes > MINUTES_A_DAY:  # noqa: PLR2004 - minutes of an hour
        raise UnreadableError(f"`{text}` is no time of day", _HOW)
    meant = readings(forms.day(day), minutes, zone)
    if len(meant) == 1:
        return meant[0]
    if not meant:
        raise UnreadableError(f"`{text}` never comes: clocks jump over it", _HOW)
    first, second = (at.isoformat(timespec="minutes").replace("+00:00", "Z") for at in meant)
    raise UnreadableError(f"`{text}` comes twice", f"Write {first} or {second}")


def _twice(name: str, columns: Mapping[str, int], listed: Sequence[Member]) -> Iterator[Problem]:
    """A key, or a number in a group, stands in one row only."""
    keys: dict[str, int] = {}
    places: dict[tuple[Phone, GroupId], int] = {}
    for one in listed:
        above = keys.setdefault(one.key.casefold(), one.line)
        if above != one.line:
            text = f"the key `{one.key}` stands in line {above} as well"
            yield Problem(name, one.line, columns["key"] + 1, text, "Give each row its own")
        above = places.setdefault((one.phone, one.group), one.line)
        if above != one.line:
            text = f"the number is in {one.group} by line {above} already"
            yield Problem(name, one.line, columns["phone"] + 1, text, "Keep one of the rows")
