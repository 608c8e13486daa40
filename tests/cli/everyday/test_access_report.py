"""access-report: who was in, from when till when, why, and what is not known of it."""

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Seat, Seen
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId, Phone
from rotation.ledger import Ledger

Office: TypeAlias = Any
Watch: TypeAlias = Any
"""Those of conftest.py, which tests cannot import."""
ACME = ("access-report", "--group", "acme")
Stays: TypeAlias = list[tuple[str, str | None, str | None]]


def stays(found: Any) -> Stays:  # noqa: ANN401 - what the command printed
    """Who, from when till when, to the minute; None where that is not known."""

    def minute(end: Any) -> str | None:  # noqa: ANN401 - a part of it
        return None if end is None or end["at"] is None else str(end["at"])[11:16]

    return [(one["person"], minute(one["came"]), minute(one["went"])) for one in found["stays"]]


class Trail:
    """Writes comings and goings down as reads do."""

    def __init__(self, ledger: Ledger, midnight: datetime) -> None:
        self._ledger, self._midnight = ledger, midnight

    def says(self, hour: int, kind: str, person: str = "emil", **detail: str) -> None:
        with self._ledger.writing() as books:
            books.audit.append(
                at=self._midnight + timedelta(hours=hour), kind=kind,
                group=None if detail else GroupId("acme"), person=PersonId(person), reason=None,
                origin="seen by a read", detail=detail or {"certainty": "observed"},
            )  # fmt: skip

    def seat(self, seen: Seen, person: str = "emil", hour: int = 20) -> None:
        at = self._midnight + timedelta(hours=hour)
        with self._ledger.writing() as books:
            books.seats.save(Seat(GroupId("acme"), PersonId(person), seen=seen, seen_at=at))


@pytest.fixture
def trail(office: Office, monday: datetime) -> Iterator[Trail]:
    """Emil's doings on Sunday, before anything else."""
    with closing(office.ledger()) as ledger:
        yield Trail(ledger, monday - timedelta(days=1))


def emils(office: Office, *window: str) -> Stays:
    return stays(office.json(*ACME, "--person", "emil", *window))


def test_it_tells_each_stay_with_its_reason_its_word_and_its_proof(office: Office) -> None:
    told = office.text(*ACME)
    assert "Chen\n  in    Mon 2026-01-05 07:50 +00:00 Europe/Lisbon" in told
    assert "shift europe/2026-01-05/0; by roster 0123abcd4567" in told
    assert "our call was accepted; a read showed it (record" in told
    assert "still in, by the last read" in told
    assert "messages, pictures, files and numbers that reached a phone stay on it" in told
    assert "whom nobody wrote down is not noted there" in told
    assert stays(office.json(*ACME)) == [
        ("mara", None, None), ("aiko", "07:00", "08:05"), ("chen", "07:50", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("since", "until", "people"),
    [
        ("07:00:00", "07:30:00", ["mara", "aiko"]),
        ("07:00:00", "07:50:01", ["mara", "aiko", "chen"]),  # called by then, and seen after it
        ("08:05:01", "08:06:00", ["mara", "aiko", "chen"]),  # called out, and not yet seen out
        ("08:05:03", "08:06:00", ["mara", "chen"]),
        ("11:00:00", "12:00:00", ["mara", "chen"]),
    ],
)
def test_a_window_has_every_stay_that_it_cuts(
    office: Office, since: str, until: str, people: list[str]
) -> None:
    window = ("--from", f"2026-01-05T{since}Z", "--until", f"2026-01-05T{until}Z")
    assert [who for who, *_ in stays(office.json(*ACME, *window))] == people


def test_the_readers_clocks_say_their_offset_on_both_sides_of_a_change(
    office: Office, monday: datetime
) -> None:
    autumn = datetime.fromisoformat("2025-10-26T00:30Z") - monday
    with closing(office.ledger()) as ledger:
        for hour, kind in ((0, "seen_in"), (1, "seen_out")):
            Trail(ledger, monday + autumn).says(hour, kind)
    told = office.text(*ACME, "--zone", "Europe/Lisbon", "--until", "2025-10-27T00:00Z")
    assert "  in    Sun 2025-10-26 01:30 +01:00 Europe/Lisbon" in told
    assert "  out   Sun 2025-10-26 01:30 +00:00 Europe/Lisbon" in told
    assert "by somebody else" in told


def test_who_comes_again_has_a_stay_each_time(office: Office, trail: Trail) -> None:
    for hour, kind in enumerate(("seen_in", "seen_out", "late_add", "seen_out")):
        trail.says(hour, kind)
    assert emils(office) == [("emil", "00:00", "01:00"), ("emil", "02:00", "03:00")]
    assert emils(office, "--from", "2026-01-04T01:00Z", "--until", "2026-01-04T02:00Z") == []


def test_a_coming_that_no_record_tells_is_not_known_and_bounded(
    office: Office, trail: Trail
) -> None:
    for hour, kind in ((1, "seen_out"), (3, "seen_out")):
        trail.says(hour, kind)
    first, second = office.json(*ACME, "--person", "emil")["stays"]
    assert (first["came"]["after"], first["came"]["before"]) == (None, "2026-01-04T01:00:00Z")
    assert second["came"]["after"] == "2026-01-04T01:00:00Z"
    assert "in before rotation noted it" in first["came"]["why"]
    assert len(emils(office, "--until", "2026-01-04T00:30Z")) == 1


@pytest.mark.parametrize(
    ("seen", "still", "before"),
    [
        (Seen.IN, "yes", ""),
        (Seen.OUT, "no", "2026-01-04T20:00:00Z"),
        (Seen.UNKNOWN, "not known", ""),
    ],
)
def test_a_going_that_no_record_tells_is_what_the_last_read_leaves_open(
    office: Office, trail: Trail, seen: Seen, still: str, before: str
) -> None:
    trail.says(1, "seen_in")
    trail.seat(seen)
    told = office.text(*ACME, "--person", "emil", "--csv")
    (row,) = csv.DictReader(io.StringIO(told))
    assert (row["still_in"], row["out_before"], row["in_at"]) == (
        still,
        before,
        "2026-01-04T01:00:00Z",
    )


def test_who_has_a_new_number_is_in_by_the_former_one(office: Office, trail: Trail) -> None:
    trail.says(1, "seen_in")
    trail.says(2, "number_changed", former="emil~1")
    trail.says(3, "seen_out", "emil~1")
    told = stays(office.json(*ACME))
    assert ("emil~1", "01:00", "03:00") in told
    assert not [one for one in told if one[0] == "emil"]


def test_a_strangers_stay_is_theirs_whom_they_turned_out_to_be(
    office: Office, trail: Trail, monday: datetime
) -> None:
    with closing(office.ledger()) as ledger, ledger.writing() as books:
        stranger = books.people.stranger(Phone("+351919999999"), None, monday)
    trail.says(1, "seen_in", stranger)
    trail.says(2, "seen_out", stranger)
    (found,) = office.json(*ACME, "--person", stranger)["stays"]
    assert (found["person"], found["known_as"]) == (stranger, "a stranger")
    with closing(office.ledger()) as ledger, ledger.writing() as books:
        _, roster = books.rosters.in_force() or pytest.fail("there is a roster")
        emil = replace(roster.people[PersonId("emil")], phone=Phone("+351919999999"))
        books.rosters.adopt(
            replace(roster, people={**roster.people, emil.id: emil}), "4567", monday, "2026b"
        )
    assert ("emil", "01:00", "02:00") in emils(office)


@pytest.mark.promise("P-bounded")
def test_what_was_let_go_is_said_and_who_came_before_is_not_forgotten(
    office: Office, monday: datetime
) -> None:
    at_eight = monday.replace(hour=8)
    with closing(office.ledger()) as ledger, ledger.writing() as books:
        books.retention.let_go(at_eight, at_eight, 1000, "keep 1 days")
    told = office.text(*ACME)
    assert "were let go: stays that were over by then are missing" in told
    assert stays(office.json(*ACME)) == [
        ("aiko", None, "08:05"), ("chen", None, None), ("mara", None, None),
    ]  # fmt: skip
    later = office.json(*ACME, "--from", "2026-01-05T08:01Z")
    assert not [line for line in later["unknown"] if "let go" in line]


def test_of_one_person_it_tells_every_group_and_what_a_grant_was_for(
    watch: Watch, monday: datetime
) -> None:
    by = ("--reason", "Chen is ill", "--author", "mara", "--yes")
    watch.run("handover", "acme", "--in", "aiko", "--until", "2026-01-05T13:00Z", *by)
    watch.wait(monday.replace(hour=14))
    found = watch.office.json("access-report", "--person", "Aiko", at=watch.rehearsal.now)
    told = sorted((one["group"], one["went"]["at"][11:16]) for one in found["stays"])
    assert told == [("acme", "08:05"), ("acme", "13:00"), ("bolt", "08:00")]
    came = found["stays"][-1]["came"]
    assert (came["why"], came["by"]) == ("grant grant/1 (Chen is ill)", "mara by hand")


@pytest.mark.parametrize(
    "wrong",
    [
        ("access-report",),
        (*ACME, "--json", "--csv"),
        (*ACME, "--zone", "Mars/Olympus"),
        (*ACME, "--from", "2026-01-05T09:00Z", "--until", "2026-01-05T09:00Z"),
        ("access-report", "--group", "acne"),
        ("access-report", "--person", "nobody"),
    ],
)
def test_a_question_without_sense_ends_with_what_to_say(
    office: Office, wrong: tuple[str, ...]
) -> None:
    found = office.run(*wrong)
    assert found.exit_code == 2
    assert found.stderr.startswith("rotation: ")


@pytest.mark.promise("P-evidence")
def test_a_spreadsheet_gets_no_formula_from_it(office: Office, monday: datetime) -> None:
    with closing(office.ledger()) as ledger, ledger.writing() as books:
        books.audit.append(
            at=monday, kind="removed", group=GroupId("acme"), person=PersonId("emil"),
            reason=Reason.MANUAL, origin="=HYPERLINK(1)", detail={"certainty": "proven"},
        )  # fmt: skip
    (row,) = csv.DictReader(io.StringIO(office.text(*ACME, "--person", "emil", "--csv")))
    assert row["out_by"].startswith("'=")
