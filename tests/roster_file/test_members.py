"""CSV files of the worst kind: read as they are meant, or refused by line with what to write."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.roster import GroupId
from rotation.roster_file import Member, MemberList, RosterErrors, members

ZONES = {GroupId("acme"): "Europe/Lisbon", GroupId("hall"): None}
HEADER = "key,phone,name,group,until"
ROW = "M-1,+351 91 234 5678,Zoe Lima,acme,2027-01-31T18:00Z"


def read(text: str | bytes) -> MemberList:
    content = text if isinstance(text, bytes) else text.encode()
    return members("list.csv", content, ZONES)


def one(row: str, header: str = HEADER) -> Member:
    (found,) = read(f"{header}\n{row}\n").members
    return found


def wrong(text: str | bytes) -> list[str]:
    with pytest.raises(RosterErrors) as refused:
        read(text)
    return [str(problem) for problem in refused.value.problems]


def test_a_row_is_read_as_it_is_meant() -> None:
    assert one(ROW) == Member(
        line=2, key="M-1", phone="+351912345678", name="Zoe Lima", group="acme",
        until=datetime(2027, 1, 31, 18, tzinfo=UTC), language=None, warn_days=7,
    )  # fmt: skip


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    "content",
    [
        f"{HEADER}\n{ROW}\n".encode("utf-8-sig"),
        f"{HEADER}\n{ROW}\n".encode("utf-16"),
        f"{HEADER}\r\n{ROW}\r\n\r\n".encode(),
        f"{HEADER}\r{ROW}".encode(),
        f"{HEADER}\n{ROW}".replace(",", ";").encode(),
        f"{HEADER}\n{ROW}".replace(",", "\t").encode(),
        f"sep=;\n{HEADER}\n{ROW}".replace(",", ";").encode(),
        f"{HEADER},,\n{ROW},,\n,,,,,,\n".encode(),
        f"{HEADER},remarks\n{ROW},\n".encode(),
        b'Until,Group,"ID",Name,"Phone"\n2027-01-31T18:00Z,acme,M-1,Zoe Lima,+351 91 234 5678\n'
,
    ],
)  # fmt: skip
def test_whoever_wrote_it_the_same_rows_are_read(content: bytes) -> None:
    (found,) = read(content).members
    assert (found.key, found.phone, found.name) == ("M-1", "+351912345678", "Zoe Lima")
    assert found.until == datetime(2027, 1, 31, 18, tzinfo=UTC)


@pytest.mark.promise("S-13")
def test_a_file_of_an_old_spreadsheet_is_read_and_remarked_on() -> None:
    found = read(f"{HEADER}\n{ROW}".replace("Zoe Lima", "Zoé Müller").encode("cp1252"))
    assert found.members[0].name == "Zoé Müller"
    assert "read as Windows-1252" in str(found.remarks[0])


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "list.csv: the file is empty"),
        (b"\n\n ,\n", "list.csv: the file is empty"),
        (b"key,phone,name\nM-1,x,y", "list.csv:1:1: the first line names no column"),
        (b"key,id,phone,name,group,until\n", "list.csv:1:2: the column `key` is there twice"),
        (f"{HEADER}\n{ROW}\0\n".encode(), "list.csv:2:1: there is a zero byte"),
        (f"{HEADER}\n{ROW}".encode("utf-16-le"), "zero byte"),
        (f"{HEADER}\nM-1,é".encode() + b"\xe9\n", "list.csv:2:1: this line is in another"),
        (f"{HEADER}\n".encode() + b"\x81\xe9", "neither UTF-8 nor Windows-1252"),
        (b"\xff\xfe\x00", "says that it is utf-16, and is not"),
        (f'{HEADER}\n{ROW}\nM-2,"+351'.encode(), "list.csv:3:1: the quotes of this line"),
        (f'{HEADER}\nM-1,"+351"x,Zoe,acme,2027'.encode(), "list.csv:2:1: the quotes"),
        (f"{HEADER}\n{ROW},more".encode(), "list.csv:2:1: this row has 6 cells"),
        (f"{HEADER}\nM-1,+351912345678".encode(), "list.csv:2:1: this row has 2 cells"),
        (b'key,phone,name,group,until\n"' + b"x" * 200_000 + b'",,,,', "the quotes of this line"),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)  # fmt: skip
def test_a_file_that_cannot_be_read_says_where_and_what_to_do(content: bytes, says: str) -> None:
    (found,) = wrong(content)
    assert says in found


def test_a_file_that_is_too_large_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rotation.roster_file.csv_text.LARGEST", 100)
    assert wrong(f"{HEADER}\n{ROW}\n{ROW}") == [
        "list.csv: the file is larger than 32 MiB. Split it"
    ]


CELLS = {
    "phone": [
        ("9.19E+11", "rounded by a spreadsheet"),
        ("351912345678", "has no country code"),
        ("00351912345678", "Write + in place of 00"),
        ("0912345678", "has no country code"),
        ("(+351) 912345678", "has no country code"),
        ("+351 91", "is too short for its country"),
        ("+999 12345678", "is no number of any country"),
        ("+351 91 234 5678 / +351 91 234 5679", "is no number of any country"),
        ("", "has no country code"),
    ],
    "key": [("", "one line of 1 to 64"), ("x" * 65, "one line"), ("351912345678", "number itself"),
            ("912345678", "number itself")],
    "name": [("", "one line of text"), ("x" * 201, "one line of text")],
    "group": [("", "there is no group"), ("acmee", "Did you mean `acme`?")],
    "until": [
        ("", "is no date"), ("soon", "is no date"), ("46387", "how a spreadsheet counts days"),
        ("31/12/2027", "either number as the month"), ("12.31.27", "either number as the month"),
        ("2027-02-30", "is no date"), ("2027-01-31 18:00", "names no zone"),
        ("2027-10-31 01:30 Europe/Lisbon", "Write 2027-10-31T00:30Z or 2027-10-31T01:30Z"),
        ("2027-03-28 01:30 Europe/Lisbon", "never comes"),
        ("2027-03-28 01:30 Europe/Lisbonn", "Did you mean"),
        ("2027-03-28 25:30 UTC", "no time of day"), ("2127-01-01T00:00Z", "2000 to 2099"),
        ("0001-01-01T00:00+23:59", "is no date"),
    ],
}  # fmt: skip


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    ("column", "cell", "says"),
    [(c, cell, says) for c, some in CELLS.items() for cell, says in some],
)
def test_a_cell_that_cannot_be_is_refused_and_never_guessed(
    column: str, cell: str, says: str
) -> None:
    names, told = HEADER.split(","), ROW.split(",")
    place = names.index(column)
    told[place] = cell
    (found,) = wrong(f"{HEADER}\n{','.join(told)}")
    assert found.startswith(f"list.csv:2:{place + 1}: {column}: ")
    assert says in found


@pytest.mark.parametrize(
    "written",
    ["+351912345678", "+351 91 234 5678", "+351-91-234-5678", "+351.912.345.678",
     "+351 91/2345678", '="+351912345678"', "'+351912345678", "\u202a+351 91 234 5678\u202c",
     "+351\u00a091 234\u20115678", "\uff0b\uff13\uff15\uff11912345678"],
)  # fmt: skip
def test_a_number_is_read_in_every_writing_that_names_its_country(written: str) -> None:
    cell = written.replace('"', '""')
    assert one(f'M-1,"{cell}",Zoe,acme,2027-01-31').phone == "+351912345678"


def test_a_date_alone_ends_with_that_day_by_the_clocks_of_the_group() -> None:
    assert one(ROW.replace("2027-01-31T18:00Z", "2027-07-31")).until == datetime(
        2027, 7, 31, 23, tzinfo=UTC
    )
    (found,) = wrong(f"{HEADER}\n{ROW.replace('acme,2027-01-31T18:00Z', 'hall,2027-07-31')}")
    assert "hall has no shift, so nothing says by which clocks" in found


def test_language_and_warning_are_optional() -> None:
    header = f"{HEADER},language,warn days"
    assert one(f"{ROW},pt,0", header).warn_days == 0
    assert one(f"{ROW},,", header).language is None
    assert "no number of days" in wrong(f"{header}\n{ROW},,soon")[0]
    assert "no number of days" in wrong(f"{header}\n{ROW},,91")[0]
    assert "is not a language code" in wrong(f"{header}\n{ROW},Portuguese,")[0]


@pytest.mark.promise("S-13")
def test_every_mistake_of_a_file_is_named_at_once() -> None:
    other = ROW.replace("M-1", "m-1").replace("5678", "5679")
    again = ROW.replace("M-1", "M-3")
    found = wrong(f"{HEADER}\n{ROW}\n{other}\n{again}\n")
    assert found == [
        "list.csv:3:1: the key `m-1` stands in line 2 as well. Give each row its own",
        "list.csv:4:2: the number is in acme by line 2 already. Keep one of the rows",
    ]


def test_a_line_is_where_its_row_begins() -> None:
    text = f'{HEADER}\n\nM-1,+351912345678,"Zoe",acme,2027-01-31\n"M\n2",+351912345679,Al,acme,x\n'
    assert [p.partition(": ")[0] for p in wrong(text)] == ["list.csv:4:1", "list.csv:4:5"]


def read_or_refused(content: bytes) -> object:
    """The list or its problems; both say something."""
    try:
        return read(content)
    except RosterErrors as refused:
        return refused.problems


@given(st.binary(max_size=300))
def test_no_bytes_at_all_make_it_fail_in_another_way(content: bytes) -> None:
    for text in (
        content,
        f"{HEADER}\n".encode() + content,
        f"{HEADER}\n{ROW}\n".encode() + content,
    ):
        assert read_or_refused(text)


@given(st.lists(st.text(max_size=20), min_size=5, max_size=5), st.sampled_from(",;\t"))
def test_no_cells_at_all_make_it_fail_in_another_way(told: list[str], separator: str) -> None:
    quoted = separator.join('"' + cell.replace('"', '""') + '"' for cell in told)
    header = HEADER.replace(",", separator)
    assert read_or_refused(f"{header}\n{quoted}\n".encode("utf-8", "surrogatepass"))
