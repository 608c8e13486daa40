"""A CSV file of leavers, as a personnel system writes it: who, from when on, and why.

All of it is right, or nothing of it counts. Who is meant by a key, a name or a number is for
whoever knows the people to say.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from rotation.core.timeline import instant
from rotation.roster_file import forms
from rotation.roster_file.csv_text import Line, UncountableError, cells
from rotation.roster_file.problems import Problem, RosterErrors, UnreadableError, did_you_mean
from rotation.roster_file.rows import Rows

_NAMES = {
    "person": "person", "phone": "person", "number": "person", "name": "person", "key": "person",
    "from": "from", "reason": "reason",
}  # fmt: skip
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_HOW = "Write 2027-01-31, which begins at midnight, or 2027-01-31T18:00Z"
_ALWAYS = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Leaving:
    """One row: whom it means, as it is written there, from which UTC instant on, and why."""

    line: int
    column: int
    who: str
    since: datetime
    reason: str


def leavings(name: str, content: bytes, zone: str) -> tuple[Leaving, ...]:
    """The rows of a file called `name`. Raises RosterErrors with all its problems.

    A date without a time begins at midnight by the clocks of `zone`.
    """
    try:
        header, *rows = cells(name, content).lines
    except UncountableError as wrong:
        raise RosterErrors([wrong.problem]) from None
    columns, problems = _columns(name, header)
    if problems:
        raise RosterErrors(problems)
    reader = _Rows(name, columns, len(header.cells), zone)
    found = tuple(one for row in rows if (one := reader.read(row)) is not None)
    if reader.problems:
        raise RosterErrors(reader.problems)
    return found


def _columns(name: str, header: Line) -> tuple[dict[str, int], list[Problem]]:
    columns: dict[str, int] = {}
    problems = []
    for place, cell in enumerate(header.cells):
        told = cell.strip().casefold()
        column = _NAMES.get(told)
        if column in columns:
            text = f"the column `{told[:40]}` says a second time who or when"
            problems.append(Problem(name, header.number, place + 1, text, "Keep one of them"))
        elif column is not None:
            columns[column] = place
    if "person" not in columns:
        close = next((cell for cell in header.cells if did_you_mean(cell.strip(), _NAMES)), "")
        fix = did_you_mean(close.strip(), _NAMES) or "Begin with person,from,reason"
        text = "the first line names no column `person`"
        problems.append(Problem(name, header.number, 1, text, fix))
    return columns, problems


class _Rows(Rows):
    def __init__(self, name: str, columns: Mapping[str, int], width: int, zone: str) -> None:
        super().__init__(name, columns, width)
        self._zone = zone

    def read(self, row: Line) -> Leaving | None:
        """The row's leaver; None where something is wrong with it, which is noted."""
        if not self.fits(row):
            return None
        who = self.cell(row, "person", forms.line, as_is=True)
        since = self.cell(row, "from", self._since)
        reason = self.cell(row, "reason", lambda text: text and forms.line(text), as_is=True)
        if who is None or ("from" in self._columns and since is None):
            return None
        return Leaving(row.number, self._columns["person"] + 1, who, since or _ALWAYS, reason or "")

    def _since(self, text: str) -> datetime:
        if not text:
            return _ALWAYS
        if _DATE.fullmatch(text):
            return instant(forms.day(text), 0, self._zone)
        try:
            at = datetime.fromisoformat(text)
        except ValueError:
            raise UnreadableError(f"`{text[:40]}` is no date", _HOW) from None
        if at.tzinfo is None:
            raise UnreadableError(f"`{text[:40]}` names no zone", _HOW)
        return at.astimezone(UTC)
