"""A workbook's sheet as the text of a CSV file: there is one reader of tables, and it reads text.

The library that reads workbooks is an extra, imported only where somebody brings one.
"""

import csv
import io
from datetime import datetime, time, timedelta

from rotation.roster_file import Problem, RosterErrors

ENDING = ".xlsx"
MOST_CELLS = 1_000_000
_SAVE = "Save the sheet that is meant as CSV"
_MIDNIGHT = time()


def as_csv(name: str, content: bytes) -> bytes:
    """The one sheet that has rows, with a line for each row. Raises RosterErrors.

    Dates and times are written as a table of text would have them: `2026-03-02`, `08:00`.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ModuleNotFoundError:
        what = "workbooks need the library `python-calamine`, which is not installed"
        raise _wrong(name, what, "Install it: pip install 'rotation[xlsx]'") from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = [book.get_sheet_by_name(one) for one in book.sheet_names]
        if any(one.total_height * one.total_width > MOST_CELLS for one in sheets):
            raise _wrong(name, f"a sheet has more than {MOST_CELLS:,} cells", _SAVE)
        tables = {one.name: one.to_python(skip_empty_area=False) for one in sheets}
    except (CalamineError, OSError, ValueError):
        raise _wrong(name, "this is no workbook that can be read", _SAVE) from None
    filled = {one: rows for one, rows in tables.items() if any(map(any, rows))}
    if len(filled) != 1:
        told = f"has rows in several sheets: {', '.join(filled)}" if filled else "has no rows"
        raise _wrong(name, f"the workbook {told}", _SAVE)
    ((_, rows),) = filled.items()
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_told(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _wrong(name: str, what: str, fix: str) -> RosterErrors:
    return RosterErrors([Problem(name, 0, 0, what, fix)])


def _told(cell: object) -> str:
    """A cell as somebody would have typed it."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, timedelta):  # hours that go on beyond a day, like 24:00
        minutes = round(cell.total_seconds() / 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d}" if cell.time() == _MIDNIGHT else f"{cell:%Y-%m-%d %H:%M}"
    return f"{cell:%H:%M}" if isinstance(cell, time) else str(cell).strip()
