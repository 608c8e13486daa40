"""The cells of a CSV file's rows, each read by its form; what is wrong is noted where it stands."""

import unicodedata
from collections.abc import Callable, Mapping
from typing import TypeVar

from rotation.roster_file.csv_text import Line, unspread, without_tail
from rotation.roster_file.problems import Problem, UnreadableError

_T = TypeVar("_T")


class Rows:
    """Rows of the file `name`, whose first line names `width` columns, those known in `columns`."""

    def __init__(self, name: str, columns: Mapping[str, int], width: int) -> None:
        self._name = name
        self._columns = columns
        self._width = width
        self.problems: list[Problem] = []

    def fits(self, row: Line) -> bool:
        """Whether a row has as many cells as there are columns; if not, that is noted."""
        has = len(without_tail(row.cells, self._width))
        if has != self._width:
            text = f"this row has {has} cells, and the first line names {self._width}"
            fix = "Quote a cell that has the separator in it"
            self.problems.append(Problem(self._name, row.number, 1, text, fix))
        return has == self._width

    def cell(
        self, row: Line, column: str, form: Callable[[str], _T], *, as_is: bool = False
    ) -> _T | None:
        """What a cell means; None without the column, and where it means nothing.

        Wide and other forms of letters are made plain, but not where it is read `as_is`: in names.
        """
        place = self._columns.get(column)
        if place is None:
            return None
        text = unspread(row.cells[place])
        try:
            return form(text if as_is else unicodedata.normalize("NFKC", text))
        except UnreadableError as wrong:
            self.wrong(row, column, f"{column}: {wrong.message}", wrong.fix)
            return None

    def wrong(self, row: Line, column: str, message: str, fix: str) -> None:
        place = self._columns[column] + 1
        self.problems.append(Problem(self._name, row.number, place, message, fix))
