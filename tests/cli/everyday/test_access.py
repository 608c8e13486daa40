"""access-report: who had access, when and why, as far as the trail proves it."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.roster import GroupId, PersonId
from rotation.surfaces.access import PHONES

Office: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
AIKO = "rotation: shift asia/2026-01-05/0", "rotation: shift end asia/2026-01-05/0"
CHEN = "rotation: shift europe/2026-01-05/0"
NOON, MINUTE = datetime(2026, 1, 5, 12, tzinfo=UTC), timedelta(minutes=1)
ACME = ("access-report", "--group", "acme")


def stays(office: Office, *asked: str) -> list[str]:
    """Each stay in a line: who, from when till when."""
    found = office.json("access-report", *asked)["stays"]
    return [
        f"{one['person']} in {one['group']}: {(one['came']['at'] or '')[11:16]} to"
        f" {(one['went'] or {'at': '-----------'})['at'][11:16]}".rstrip()
        for one in found
    ]


def writes(office: Office, *kinds: str, person: str = "chen") -> None:
    """What reads after noon showed, minute by minute."""
    ledger = office.ledger()
    with ledger.writing() as books:
        for n, kind in enumerate(kinds):
            certainty = "observed" if kind.startswith("seen") else "probably_ours"
            books.audit.append(
                at=NOON + n * MINUTE, kind=kind, group=GroupId("acme"), person=PersonId(person),
                reason=None, origin="seen by a read", detail={"certainty": certainty},
            )  # fmt: skip
    ledger.close()


def test_a_report_says_who_was_in_from_when_till_when_and_why(office: Office) -> None:
    lines = office.text(*ACME).splitlines()
    assert [" ".join(line.split()) for line in lines[:4]] == [
        "GROUP WHO CAME BY WENT BY",
        "acme Mara not known not known still in seen 2026-01-05 11:50Z",
        f"acme Aiko 2026-01-05 07:00:02Z {AIKO[0]} 2026-01-05 08:05:02Z {AIKO[1]}",
        f"acme Chen 2026-01-05 07:50:02Z {CHEN} still in seen 2026-01-05 11:50Z",
    ]
    assert PHONES in lines


def test_a_report_of_a_person_names_every_group(office: Office) -> None:
    assert stays(office, "--person", "chen") == ["chen in acme: 07:50 to", "chen in bolt: 08:00 to"]
    assert stays(office, "--person", "Chen", "--group", "bolt") == ["chen in bolt: 08:00 to"]


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        (("--from", "2026-01-05T08:05:02Z"), "mara chen"),
        (("--from", "2026-01-05T08:05:01Z"), "mara aiko chen"),
        (("--until", "2026-01-05T07:50:02Z"), "mara aiko"),
        (("--until", "2026-01-05T07:50:03Z"), "mara aiko chen"),
        (("--from", "2026-01-05T10:00Z", "--until", "2026-01-05T10:01Z"), "mara chen"),
    ],
)
def test_a_report_has_every_stay_that_shares_time_with_what_is_asked_for(
    office: Office, asked: tuple[str, ...], who: str
) -> None:
    found = office.json(*ACME, *asked)
    assert [one["person"] for one in found["stays"]] == who.split()
    assert all(one["came"]["at"] != asked[1] for one in found["stays"])  # told whole


def test_a_report_tells_our_doing_from_that_of_others_and_one_stay_from_the_next(
    office: Office,
) -> None:
    writes(office, "seen_out", "seen_in", "seen_in", "removed", "removed")
    _, _, before, after = office.json(*ACME)["stays"]
    assert (before["came"]["by"], before["went"]["by"]) == ("rotation", "somebody else")
    assert (after["came"]["by"], after["went"]["by"]) == ("somebody else", "probably rotation")
    assert (after["came"]["at"][11:16], after["went"]["at"][11:16]) == ("12:01", "12:03")


def test_who_was_in_before_the_first_record_of_them_came_nobody_knows_when(office: Office) -> None:
    writes(office, "removed", person="emil")
    assert "emil in acme:  to 12:00" in stays(office, "--group", "acme")


def test_what_was_let_go_is_said_and_who_was_still_in_is_not_forgotten(office: Office) -> None:
    ledger = office.ledger()
    with ledger.writing() as books:
        books.audit.let_go(NOON - 245 * MINUTE, NOON, 100)
    ledger.close()
    found = office.json(*ACME)
    assert [(one["person"], one["came"]["by"]) for one in found["stays"]] == [
        ("aiko", "not known"), ("chen", "not known"), ("mara", "not known"),
    ]  # fmt: skip
    assert found["notes"][0].startswith("Records up to 2026-01-05 07:50Z were let go")


def test_a_report_goes_into_a_spreadsheet(office: Office) -> None:
    rows = list(csv.DictReader(io.StringIO(office.text(*ACME, "--csv"))))
    assert rows[1] == {
        "group": "acme",
        "person": "aiko",
        "name": "Aiko",
        "came_at": rows[1]["came_at"],
        "came_by": "rotation",
        "came_why": "shift asia/2026-01-05/0",
        "came_origin": "roster 0123abcd4567",
        "came_record": rows[1]["came_record"],
        "went_at": rows[1]["went_at"],
        "went_by": "rotation",
        "went_why": "shift end asia/2026-01-05/0",
        "went_origin": "roster 0123abcd4567",
        "went_record": rows[1]["went_record"],
        "seen_in_at": "",
        "minutes": "65.0",
    }
    assert rows[0]["came_at"] == ""


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ((), "say --group or --person"),
        (("--group", "acm"), "did you mean `acme`"),
        (("--person", "zoe"), "no person `zoe`"),
        (("--group", "acme", "--json", "--csv"), "exclude each other"),
        (
            ("--group", "acme", "--from", "2026-01-05T08:00Z", "--until", "2026-01-05T08:00Z"),
            "must end after it starts",
        ),
    ],
)
def test_a_report_that_makes_no_sense_is_refused(
    office: Office, asked: tuple[str, ...], said: str
) -> None:
    found = office.run("access-report", *asked)
    assert found.exit_code == 2
    assert said.casefold() in found.output.casefold()
