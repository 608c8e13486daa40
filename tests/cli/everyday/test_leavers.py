"""leavers: a personnel system's list, carried out as wipes, all of it or nothing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

import pytest

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Served: TypeAlias = Callable[..., AbstractContextManager[list[str]]]


def listed(office: Office, *rows: str, header: str = "person,from,reason") -> tuple[str, str]:
    """A file with these rows, and the command that reads it."""
    file = office.folder / "hr.csv"
    file.write_text("\n".join((header, *rows)) + "\n")
    return "leavers", str(file)


def gone(office: Office) -> dict[str, str]:
    ledger = office.ledger()
    with ledger.reading() as books:
        found = {str(person): one.reason for person, one in books.leavers.everywhere().items()}
    ledger.close()
    return found


def test_everybody_on_the_list_is_wiped_and_the_second_time_nothing_is_new(office: Office) -> None:
    asked = listed(office, "chen,,left the firm", "Fay,2026-01-05T11:00Z,")
    assert "2 new leavers; 0 already are" in office.text(*asked)
    assert gone(office) == {"chen": "left the firm", "fay": "named by the list of leavers"}
    assert office.json(*asked)["already"] == 2


def test_a_number_that_nobody_knows_is_wiped_as_well(office: Office) -> None:
    office.text(*listed(office, "+44 7700 900123,,"))
    assert len(gone(office)) == 1


def test_before_its_time_a_row_does_nothing(office: Office) -> None:
    asked = listed(office, "chen,2026-01-05,", "fay,2026-01-06,")
    assert office.json(*asked, "--zone", "Asia/Tokyo") == {
        "done": True, "new": 1, "already": 0, "later": 1, "waiting": 0,
        "waits_for_approval": False, "daemon": None,
    }  # fmt: skip
    assert list(gone(office)) == ["chen"]


def test_whoever_is_missing_from_the_list_is_not_let_in_again(office: Office) -> None:
    office.text(*listed(office, "chen,,"))
    office.text(*listed(office, "fay,,"))
    assert list(gone(office)) == ["chen", "fay"]


@pytest.mark.promise("S8")
def test_a_list_of_too_many_is_taken_for_a_mistake_and_is_on_record(office: Office) -> None:
    asked = listed(office, *(f"{who},," for who in ["aiko", "ben", "chen", "dora", "emil", "fay"]))
    found = office.run(*asked)
    assert found.exit_code == 1
    assert "names 6 new leavers, which may be a mistake" in found.output
    assert "say --most 6" in found.output
    assert gone(office) == {}
    assert "leavers" in office.text("history", "--limit", "1")
    office.text(*asked, "--most", "6")
    assert len(gone(office)) == 6


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("zoe,,", "hr.csv:3:1: person: nobody is called `zoe`"),
        ("+15550100999,,", "hr.csv:3:1: that is the number of an account itself"),
        ("fay,soon,", "hr.csv:3:2: from: `soon` is no date"),
    ],
)
def test_one_row_that_cannot_be_and_nobody_is_wiped(office: Office, row: str, said: str) -> None:
    found = office.run(*listed(office, "chen,,", row))
    assert found.exit_code == 1
    assert said in found.output
    assert gone(office) == {}


def test_a_dry_run_says_what_it_would_come_to(office: Office) -> None:
    assert "Nothing was done" in office.text(*listed(office, "chen,,"), "--dry-run")
    assert gone(office) == {}


def test_where_a_wipe_takes_two_each_waits_for_another_person(office: Office) -> None:
    office.config.write_text('wipe_approval = "two"\n' + office.config.read_text())
    assert "takes a second person" in office.text(*listed(office, "chen,,"), "--author", "hr")
    assert gone(office) == {}
    office.text("wipe", "chen", "--approve", "--yes", "--no-wait", "--author", "mara")
    assert list(gone(office)) == ["chen"]


@pytest.mark.parametrize(
    ("more", "said"), [(("--zone", "Lisbon"), "Lisbon"), (("--most", "0"), "--most")]
)
def test_what_makes_no_sense_is_refused(office: Office, more: tuple[str, ...], said: str) -> None:
    found = office.run(*listed(office, "chen,,"), *more)
    assert found.exit_code == 2
    assert said in found.output


def test_a_list_that_is_not_there_is_said(office: Office) -> None:
    found = office.run("leavers", str(office.folder / "none.csv"))
    assert found.exit_code == 2
    assert "cannot be read" in found.output


def test_the_same_refusal_is_on_record_once_until_the_list_is_right_again(office: Office) -> None:
    def refusals() -> int:
        ledger = office.ledger()
        with ledger.reading() as books:
            count = sum(r.kind == "refused" for r in books.audit.list(limit=99))
        ledger.close()
        return count

    wrong = listed(office, "zoe,,")
    office.run(*wrong, "--dry-run")
    assert refusals() == 0
    for _ in range(3):
        assert office.run(*wrong).exit_code == 1
    assert refusals() == 1
    office.text(*listed(office, "chen,,"))
    office.run(*listed(office, "zoe,,"))
    assert refusals() == 2


def test_the_list_at_an_address_is_read_by_hand_as_from_a_file(
    office: Office, served: Served
) -> None:
    six = "".join(f"{who},,\n" for who in ["aiko", "ben", "chen", "dora", "emil", "fay"])
    with served(office, "[leavers]", [f"person,from,reason\n{six}"]) as asked:
        assert office.json("leavers", "--from-url", "--most", "9", "--dry-run")["new"] == 6
        assert gone(office) == {}
        refused = office.run("leavers", "--from-url")
        assert refused.exit_code == 1
        assert "l.csv names 6 new leavers" in refused.output
        assert "6 new leavers" in office.text("leavers", "--from-url", "--most", "6")
        assert office.json("leavers", "--from-url")["already"] == 6
    assert len(gone(office)) == 6
    assert set(asked) == {"Bearer hr-token-0123456789"}


@pytest.mark.parametrize("asked", [(), ("x.csv", "--from-url")])
def test_it_has_to_be_said_which_list(office: Office, asked: tuple[str, ...]) -> None:
    found = office.run("leavers", *asked)
    assert found.exit_code == 2
    assert "Name a file, or say --from-url" in found.output
    assert "no address of a list is set" in office.run("leavers", "--from-url").output
