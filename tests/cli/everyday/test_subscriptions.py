"""rotation subscriptions: lists read, refused and kept, and what is shown of them."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

import pytest

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Make = Callable[..., str]

HEADER = "key,phone,name,group,until"
ZOE = "M-1,+49 1511 0000001,Zoe,acme,2026-01-31T18:00Z"
AL = "M-2,+49 1511 0000002,Al,acme,2026-01-20"
BOB = "M-3,+49 1511 0000003,Bob,bolt,2026-01-31T18:00Z"
SEEN = ("--reason", "seen", "--yes")


@pytest.fixture
def listed(tmp_path: Path) -> Make:
    def made(*rows: str, header: str = HEADER) -> str:
        path = tmp_path / "members.csv"
        path.write_text("\n".join((header, *rows, "")), encoding="utf-8")
        return str(path)

    return made


def imported(office: Office, path: str, *more: str) -> Any:  # noqa: ANN401 - what click answers
    return office.run("subscriptions", "import", path, *more)


def test_a_list_says_what_it_would_do_and_is_kept_with_a_yes(office: Office, listed: Make) -> None:
    path = listed(ZOE, AL, BOB)
    dry = imported(office, path, "--dry-run")
    assert (dry.exit_code, dry.stderr) == (0, "Of the subscriptions 3 begin.\n")
    assert office.json("subscriptions")["subscriptions"] == []
    assert imported(office, path).exit_code == 2  # nobody is there to be asked
    found = imported(office, path, "--yes")
    assert "Written down." in found.stdout
    again = imported(office, path, "--yes")
    assert again.stdout == "Of the subscriptions 3 are as they were.\nNothing is new.\n"
    told = office.json("subscriptions")["subscriptions"]
    assert [(s["key"], s["name"], s["until"]) for s in told] == [
        ("M-1", "Zoe", "2026-01-31T18:00:00Z"),
        ("M-2", "Al", "2026-01-21T00:00:00Z"),
        ("M-3", "Bob", "2026-01-31T18:00:00Z"),
    ]


@pytest.mark.promise("S14")
def test_no_number_is_shown_anywhere(office: Office, listed: Make) -> None:
    imported(office, listed(ZOE), "--yes")
    wrong = imported(office, listed(ZOE.replace("+49 1511 0000001", "4915110000001")), "--yes")
    assert wrong.exit_code == 1
    shown = [office.text("subscriptions"), office.text("subscriptions", "--csv"), wrong.output,
             office.text("subscriptions", "--json"), office.text("history"),
             office.text("status"), office.text("explain", "Zoe", "acme")]  # fmt: skip
    assert "0000001" not in "".join(shown)
    assert "1511" not in "".join(shown)


@pytest.mark.promise("S-13")
def test_mistakes_are_named_by_line_and_nothing_is_kept(office: Office, listed: Make) -> None:
    path = listed(ZOE, AL.replace("acme", "acmee"), "M-4,+351 910 000 001,Ben,acme,2026-01-31")
    found = imported(office, path, "--yes")
    assert found.exit_code == 1
    assert "members.csv:3:4: group: there is no group `acmee`. Did you mean `acme`?" in found.stderr
    assert "nothing was done" in found.stderr
    known = imported(office, listed(ZOE, "M-4,+351 910 000 001,Ben,acme,2026-01-31"), "--yes")
    assert "members.csv:3: phone: this is ben of the roster" in known.stderr
    told = office.json("subscriptions", "import", path, "--yes", ends=1)
    assert told["problems"][0]["line"] == 3
    assert office.json("subscriptions")["subscriptions"] == []


def test_of_very_many_mistakes_the_first_are_shown(office: Office, listed: Make) -> None:
    found = imported(office, listed(*(f"M-{n},x,Zoe,acme,soon" for n in range(200))), "--yes")
    assert found.exit_code == 1
    assert len(found.stderr.splitlines()) == 42
    assert "and 360 more mistakes" in found.stderr


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"\xff\xfe\x00\xd8", b'"', b"key\n\x81"])
@pytest.mark.promise("S-13")
def test_whatever_the_file_is_it_ends_in_words(
    office: Office, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "worst.csv"
    path.write_bytes(content)
    found = imported(office, str(path), "--yes")
    assert found.exit_code == 1
    assert found.stderr.startswith("rotation: worst.csv")
    assert imported(office, str(tmp_path), "--yes").exit_code == 2
    assert imported(office, str(tmp_path / "none.csv"), "--yes").exit_code == 2


@pytest.mark.promise("P-subscription", "S8")
def test_ending_many_at_once_takes_a_word_with_their_number(office: Office, listed: Make) -> None:
    rows = [f"M-{n},+49 1511 00000{n:02},Zoe,acme,2026-01-31" for n in range(10, 18)]
    imported(office, listed(*rows), "--yes")
    assert "nobody" in imported(office, listed(), "--yes").stdout
    for word in ((), ("--release", "7")):
        held = imported(office, listed(), "--replace", "--yes", *word)
        assert held.exit_code == 1
        assert "8 people would lose time" in held.stderr
        assert "add --release 8" in held.stderr
    assert len(office.json("subscriptions")["subscriptions"]) == 8
    done = imported(office, listed(), "--replace", "--yes", "--release", "8")
    assert done.exit_code == 0
    assert office.json("subscriptions")["subscriptions"] == []
    assert len(office.json("subscriptions", "--all")["subscriptions"]) == 8


def test_an_extension_is_for_once_until_the_list_agrees_on_another_end(
    office: Office, listed: Make
) -> None:
    imported(office, listed(ZOE), "--yes")

    def extended(until: str, *more: str) -> Any:  # noqa: ANN401 - what click answers
        return office.run(
            "subscriptions", "extend", "M-1", "--until", until, "--reason", "invoice open", *more
        )

    assert "would not be longer" in extended("2026-01-30T18:00Z").stderr
    assert "lasts until 2026-02-10T18:00:00Z" in extended("2026-02-10T18:00Z").stdout
    assert "so nothing is new" in extended("2026-02-10T18:00Z").stdout
    refused = extended("2026-02-20T18:00Z")
    assert (refused.exit_code, "Add --again" in refused.stderr) == (1, True)
    assert extended("2026-02-20T18:00Z", "--again").exit_code == 0
    imported(office, listed(ZOE), "--yes")
    (one,) = office.json("subscriptions")["subscriptions"]
    assert (one["until"], one["extended"]) == ("2026-02-20T18:00:00Z", True)
    imported(office, listed(ZOE.replace("01-31", "02-28")), "--yes")
    assert extended("2026-03-31T18:00Z").exit_code == 0
    unknown = office.run(
        "subscriptions", "extend", "M-9", "--until", "2026-03-31T18:00Z", "--reason", "x"
    )
    assert (unknown.exit_code, "Did you mean `M-1`?" in unknown.stderr) == (2, True)


def test_one_is_ended_by_its_key_and_the_same_list_does_not_bring_it_back(
    office: Office, listed: Make
) -> None:
    path = listed(ZOE, BOB)
    imported(office, path, "--yes")
    undo = office.run("undo", "1", "--yes")
    assert (undo.exit_code, "rotation subscriptions end M-1" in undo.stderr) == (2, True)
    assert office.json("undo")["can_be_undone"] == []
    assert "is ended" in office.text("subscriptions", "end", "M-1", *SEEN)
    assert "so nothing is new" in office.text("subscriptions", "end", "M-1", *SEEN)
    imported(office, path, "--yes", "--replace")
    assert [s["key"] for s in office.json("subscriptions")["subscriptions"]] == ["M-3"]
    imported(office, listed(ZOE.replace("01-31", "02-28")), "--yes")
    assert len(office.json("subscriptions")["subscriptions"]) == 2


def test_they_are_listed_for_a_spreadsheet_and_by_group(office: Office, listed: Make) -> None:
    imported(office, listed(ZOE, BOB.replace("Bob", "=Bob")), "--yes")
    found = list(csv.DictReader(io.StringIO(office.text("subscriptions", "--csv"))))
    assert [one["name"] for one in found] == ["Zoe", "'=Bob"]
    by_group = office.json("subscriptions", "--group", "bolt")["subscriptions"]
    assert [one["key"] for one in by_group] == ["M-3"]
    later = office.at + timedelta(days=40)
    assert office.json("subscriptions", at=later)["subscriptions"] == []
    assert "(none)" in office.text("subscriptions", at=later)


@pytest.mark.slow
@pytest.mark.promise("P-subscription")
def test_ten_thousand_rows_are_read_and_kept_and_read_again(office: Office, listed: Make) -> None:
    rows = [f"M-{n},+49151{n:08},Member {n},{'acme' if n % 2 else 'bolt'},2026-01-31"
            for n in range(10_000)]  # fmt: skip
    path = listed(*rows)
    assert "10000 begin" in imported(office, path, "--yes").stderr
    assert "10000 are as they were" in imported(office, path, "--yes").stdout
    assert len(office.json("subscriptions")["subscriptions"]) == 10_000
