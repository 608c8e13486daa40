"""A list of leavers: read as it is meant, whoever wrote it, or refused by line and column."""

from datetime import UTC, datetime

import pytest

from rotation.roster_file import RosterErrors
from rotation.roster_file.leavers import Leaving, leavings

ALWAYS = datetime.min.replace(tzinfo=UTC)


def read(text: str | bytes, zone: str = "Europe/Lisbon") -> tuple[Leaving, ...]:
    return leavings("hr.csv", text if isinstance(text, bytes) else text.encode(), zone)


def wrong(text: str | bytes) -> list[str]:
    with pytest.raises(RosterErrors) as refused:
        read(text)
    return [str(problem) for problem in refused.value.problems]


def test_a_row_is_whom_it_means_from_when_and_why() -> None:
    assert read("person,from,reason\nana,2027-03-31,left\n+351 91 234 5678,,\n") == (
        Leaving(2, 1, "ana", datetime(2027, 3, 30, 23, tzinfo=UTC), "left"),
        Leaving(3, 1, "+351 91 234 5678", ALWAYS, ""),
    )


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    "content",
    [
        "Phone\n'+351912345678\n".encode("utf-8-sig"),
        "sep=;\nid;Number\n1;+351912345678\n".encode("utf-16"),
        b"NAME\r\n+351912345678\r\n\r\n",
        b"key,,\n+351912345678,,\n",
    ],
)
def test_whoever_wrote_it_the_same_is_read(content: bytes) -> None:
    assert [one.who for one in read(content)] == ["+351912345678"]


def test_an_instant_is_read_with_its_own_offset() -> None:
    (one,) = read("person,from\nana,2027-01-31T18:00+01:00\n")
    assert one.since == datetime(2027, 1, 31, 17, tzinfo=UTC)


@pytest.mark.promise("S-13")
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "hr.csv: the file is empty"),
        (b"reason\nleft\n", "hr.csv:1:1: the first line names no column `person`"),
        (b"persn\nana\n", "person"),
        (b"person,phone\nana,1\n", "hr.csv:1:2: the column `phone` says a second time"),
        (b"person,from\nana\n", "hr.csv:2:1: this row has 1 cells"),
        (b"person,from\n,2027-01-31\n", "hr.csv:2:1: person:"),
        (b"person,from\nana,31/01/2027\n", "hr.csv:2:2: from: `31/01/2027` is no date"),
        (b"person,from\nana,2027-02-30\n", "hr.csv:2:2: from:"),
        (b"person,from\nana,2027-01-31T18:00\n", "names no zone"),
        (b'person\n"ana\n', "quotes"),
        (b"person\nana\0\n", "zero byte"),
        (b"person\n\xc3\xa9\n\xe9\n", "encoding"),
    ],
)
def test_what_cannot_be_is_named_with_line_column_and_fix(content: bytes, says: str) -> None:
    assert any(says in problem for problem in wrong(content))


def test_all_mistakes_are_named_at_once() -> None:
    assert len(wrong("person,from\nana,soon\nben,later\nchen,2027-01-31\n")) == 2
