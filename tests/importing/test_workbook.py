"""A workbook is read as the table that somebody sees in it."""

import io
from collections.abc import Sequence
from typing import TypeAlias
from xml.sax.saxutils import escape
from zipfile import ZipFile

import pytest

from rotation.importing.workbook import as_csv
from rotation.roster_file import RosterErrors

TYPES = "application/vnd.openxmlformats-officedocument.spreadsheetml"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = (14, 20, 22, 46)
"""How numbers may be shown: as a date, a time, both, and hours that go on beyond a day."""
DATE, TIME, BOTH, LENGTH = 1, 2, 3, 4
Cell: TypeAlias = str | tuple[float, int]


def cell(value: Cell) -> str:
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
    number, style = value
    return f'<c s="{style}"><v>{number}</v></c>'


def sheet(rows: Sequence[Sequence[Cell]]) -> str:
    body = "".join(f"<row>{''.join(map(cell, row))}</row>" for row in rows)
    return f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'


def links(**to: tuple[str, str]) -> str:
    """Relations between parts: a name for each, its kind, and where it leads."""
    each = (
        f'<Relationship Id="{name}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for name, (kind, target) in to.items()
    )
    return f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(each)}</Relationships>'


def types(sheets: int) -> str:
    parts = {"workbook.xml": "sheet.main"}
    parts |= {f"worksheets/sheet{n}.xml": "worksheet" for n in range(sheets)}
    each = (
        f'<Override PartName="/xl/{part}" ContentType="{TYPES}.{kind}+xml"/>'
        for part, kind in parts.items()
    )
    rels = f'<Default Extension="rels" ContentType="{TYPES.split("-office", maxsplit=1)[0]}-package'
    return (
        f'<Types xmlns="{PACKAGE}/content-types">{rels}.relationships+xml"/>{"".join(each)}</Types>'
    )


def workbook(**sheets: Sequence[Sequence[Cell]]) -> bytes:
    """The least that is a workbook. Numbers come with their style."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{n + 1}" r:id="r{n}"/>' for n, name in enumerate(sheets)
    )
    styles = "".join(f'<xf numFmtId="{one}" applyNumberFormat="1"/>' for one in STYLES)
    to = {f"r{n}": ("worksheet", f"worksheets/sheet{n}.xml") for n in range(len(sheets))}
    parts = {
        "[Content_Types].xml": types(len(sheets)),
        "_rels/.rels": links(w=("officeDocument", "xl/workbook.xml")),
        "xl/_rels/workbook.xml.rels": links(s=("styles", "styles.xml"), **to),
        "xl/workbook.xml": f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets>'
        "</workbook>",
        "xl/styles.xml": f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/>{styles}</cellXfs>'
        "</styleSheet>",
        **{f"xl/worksheets/sheet{n}.xml": sheet(rows) for n, rows in enumerate(sheets.values())},
    }
    made = io.BytesIO()
    with ZipFile(made, "w") as put:
        for name, text in parts.items():
            put.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return made.getvalue()


def test_cells_are_what_somebody_would_have_typed() -> None:
    row: list[Cell] = [(46083.0, DATE), (0.3333333333, TIME), (1.0, LENGTH), (46083.5, BOTH)]
    head = "date", "start", "end", "at", "number", "who"
    rota = [head, [*row, (351912000001, 0), "Ana, or Ben"]]
    assert as_csv("rota.xlsx", workbook(rota=rota)).decode().splitlines() == [
        "date,start,end,at,number,who",
        '2026-03-02,08:00,24:00,2026-03-02 12:00,351912000001,"Ana, or Ben"',
    ]


def test_empty_sheets_do_not_matter_and_empty_rows_keep_their_lines() -> None:
    found = as_csv(
        "rota.xlsx", workbook(notes=[], rota=[["date", "name"], [], ["2026-03-02", "Ana"]])
    )
    assert found.decode().splitlines() == ["date,name", ",", "2026-03-02,Ana"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (workbook(march=[["date"]], april=[["date"]]), "rows in several sheets: march, april"),
        (workbook(march=[[]]), "has no rows"),
        (b"PK\x03\x04 and then nothing", "no workbook that can be read"),
        (b"date,name\n", "no workbook that can be read"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_as_one_table_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(RosterErrors, match=why):
        as_csv("rota.xlsx", content)
