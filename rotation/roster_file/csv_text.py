"""The cells of a CSV file, whoever wrote it: its encoding, its separator, its quotes."""

import codecs
import csv
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Never

from rotation.core.roster import Phone
from rotation.roster_file import forms
from rotation.roster_file.problems import Problem, UnreadableError

LARGEST = 32 * 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"),
          (codecs.BOM_UTF16_BE, "utf-16"))  # fmt: skip
_SEPARATORS = ",;\t|"
_AS_UTF_8 = "Save it as `CSV UTF-8`"
_ROUNDED = re.compile(r"\d+([.,]\d+)?e\+?\d+", re.IGNORECASE)
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


class UncountableError(ValueError):
    """The file as a whole cannot be read: `problem` says where, and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Line:
    """One row: the line of the file that it begins on, and its cells as they are written."""

    number: int
    cells: tuple[str, ...]

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Cells:
    """All rows that are not blank. `encoding` is what the bytes were read as."""

    lines: tuple[Line, ...]
    encoding: str


def cells(name: str, content: bytes) -> Cells:
    """The rows of a file. Raises UncountableError."""
    text, encoding = text_of(name, content)
    if "\0" in text:
        where = text.count("\n", 0, text.index("\0")) + 1
        _refuse(name, where, "there is a zero byte in this line", _AS_UTF_8)
    first, text = _marked(text)
    rows = tuple(line for line in _rows(name, text, first) if not line.is_blank)
    if not rows:
        _refuse(name, 0, "the file is empty", "It begins with a line that names its columns")
    return Cells(rows, encoding)


def text_of(name: str, content: bytes) -> tuple[str, str]:
    """The text of a file, and as what it was read. Raises UncountableError."""
    if len(content) > LARGEST:
        _refuse(name, 0, "the file is larger than 32 MiB", "Split it")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                return content.decode(encoding), encoding
            except UnicodeDecodeError:
                _refuse(name, 0, f"the file says that it is {encoding}, and is not", _AS_UTF_8)
    try:
        return content.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as trouble:
        where = content.count(b"\n", 0, trouble.start) + 1
    if any(ord(letter) > 0x7F for letter in content.decode("utf-8", "ignore")):  # noqa: PLR2004 - ASCII ends there
        _refuse(name, where, "this line is in another encoding than the rest", _AS_UTF_8)
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        _refuse(name, where, "this line is neither UTF-8 nor Windows-1252", _AS_UTF_8)


def _marked(text: str) -> tuple[str, str]:
    """The separator, and the text without the line by which a spreadsheet names it, kept empty."""
    first, newline, rest = text.partition("\n")
    told = first.strip().casefold()
    if told.startswith("sep=") and len(told) == len("sep=,"):
        return told[-1], newline + rest
    if told == "sep=":  # a tab, stripped
        return "\t", newline + rest
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(_SEPARATORS, key=header.count), text


def _rows(name: str, text: str, separator: str) -> Iterator[Line]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    began = 1
    try:
        for row in reader:
            yield Line(began, tuple(row))
            began = reader.line_num + 1
    except csv.Error as trouble:
        fix = "Write a quote inside quotes twice, and close every quote"
        _refuse(name, began, f"the quotes of this line do not fit: {trouble}", fix)


def without_tail(row: Sequence[str], most: int) -> tuple[str, ...]:
    """The row without empty cells beyond the last column, which spreadsheets like to add."""
    found = list(row)
    while len(found) > most and not found[-1].strip():
        found.pop()
    return tuple(found)


def unspread(cell: str) -> str:
    """A cell without what spreadsheets and copied text put around it, and nobody sees."""
    text = _INVISIBLE.sub("", cell).strip()
    if text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'").strip()


def plain_phone(text: str) -> Phone:
    """A number as people and spreadsheets write it; one whose digits are lost is refused."""
    if _ROUNDED.fullmatch(text):
        raise UnreadableError(
            f"`{text}` was rounded by a spreadsheet, and its digits are lost",
            "Format the column as text, and enter the numbers again",
        )
    return forms.phone(_DASHES.sub("-", text).replace("/", " "))


def _refuse(name: str, line: int, message: str, fix: str) -> Never:
    raise UncountableError(Problem(name, line, 1 if line else 0, message, fix))
