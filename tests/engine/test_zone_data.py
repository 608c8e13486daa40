"""The rules of clocks change: what is to come moves with them, and what was done stands."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import tzdata

from rotation.core.roster import Goodbye
from rotation.surfaces.rosters import RosterFolder
from rotation.zone_data import use_newest

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})
LISBON = {
    "night": ("00:00-08:00", "ana", "Europe/Lisbon"),
    "day": ("08:00-16:00", "ben", "Europe/Lisbon"),
    "late": ("16:00-24:00", "chen", "Europe/Lisbon"),
}
AN_HOUR_EARLIER, AN_HOUR_LATER = "Europe/Berlin", "Atlantic/Azores"
"""Whose clocks Lisbon is to have: its 08:00 is 07:00Z or 09:00Z in January, and not 08:00Z."""


@pytest.fixture
def updated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    """A machine whose zone data was updated: the daemon is started anew and Lisbon has moved."""
    package = Path(tzdata.__path__[0]) / "zoneinfo"

    def update(day: Any, lisbon_like: str) -> None:  # noqa: ANN401 - a rehearsed day
        for name, source in (("UTC", "UTC"), ("Europe/Lisbon", lisbon_like)):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_bytes((package / source).read_bytes())
        (tmp_path / "+VERSION").write_text("2999a\n")
        monkeypatch.setenv("PYTHONTZPATH", str(tmp_path))
        day.rehearsal.zone_data = use_newest().version
        day.rehearsal.restart()
        day.adopt(day.roster)

    yield update
    monkeypatch.undo()
    use_newest()


def boundaries(day: Any) -> list[tuple[str, bool]]:  # noqa: ANN401 - a rehearsed day
    """The handovers of the day that were recorded, oldest first, and whether each is proven."""
    with day.books() as books:
        rows = books.handovers.of(since=day.now.replace(hour=1, minute=0))
    return [(f"{r.at:%H:%M}", r.proven_at is not None) for r in reversed(rows)]


def said_of_the_change(day: Any) -> str:  # noqa: ANN401 - a rehearsed day
    (changed,) = day.audit("zone_data_changed")
    return str(changed.detail["text"])


@pytest.mark.promise("F2")
def test_Z8_a_coming_handover_that_moves_later_waits_for_its_new_instant(
    day: Make, updated: Make
) -> None:
    rehearsed = day(LISBON, goodbye=GOODBYE).until("07:40")
    updated(rehearsed, AN_HOUR_LATER)
    rehearsed.until("08:59:59")
    assert rehearsed.sent() == []
    assert rehearsed.said() == []
    rehearsed.until("09:05")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert boundaries(rehearsed) == [("09:00", True)]
    assert said_of_the_change(rehearsed) == (
        "zone data 2999a instead of rehearsal; desk: the handover of 2026-01-05 08:00Z is at"
        " 2026-01-05 09:00Z, 60 min later, and 1198 more until 2027-02-09 (clocks of Europe/Lisbon)"
    )
    assert rehearsed.unlawful() == []


@pytest.mark.promise("F2")
def test_Z8_whoever_is_to_be_told_hears_once_what_moves_and_by_how_much(
    day: Make, updated: Make
) -> None:
    rehearsed = day(LISBON, starts="06:10", tell="ben").until("06:40")
    updated(rehearsed, AN_HOUR_EARLIER)
    rehearsed.after(hours=3)
    ((_, heard),) = rehearsed.heard("ben")
    assert heard.startswith("rotation reports (")
    assert heard.endswith(
        "Time-zone data: 2999a instead of rehearsal; desk: the handover of 2026-01-05 08:00Z is at"
        " 2026-01-05 07:00Z, 60 min sooner, and 1199 more until 2027-02-08 (clocks of"
        " Europe/Lisbon)."
    )


def test_data_of_another_version_with_the_same_rules_is_no_news(day: Make, updated: Make) -> None:
    rehearsed = day(LISBON, tell="ben").until("07:40")
    updated(rehearsed, "Europe/Lisbon")
    rehearsed.after(hours=1)
    assert said_of_the_change(rehearsed) == "zone data 2999a instead of rehearsal"
    assert rehearsed.heard("ben") == []


@pytest.mark.promise("F2")
def test_Z8_a_coming_handover_that_moves_into_the_past_is_carried_out_now_and_said_to_be_late(
    day: Make, updated: Make
) -> None:
    rehearsed = day(LISBON, starts="06:10").until("07:40")
    updated(rehearsed, AN_HOUR_EARLIER)
    rehearsed.after(minutes=1)
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert boundaries(rehearsed) == [("07:00", True)]
    assert "desk hands over late, for 05 Jan 07:00Z" in said_of_the_change(rehearsed)
    rehearsed.until("08:30")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("R8", "F2")
@pytest.mark.parametrize("at", ["08:10", "08:50", "09:30"])
def test_Z9_a_handover_carried_out_before_its_rules_changed_is_not_repeated_or_reversed(
    day: Make, updated: Make, at: str
) -> None:
    rehearsed = day(LISBON, goodbye=GOODBYE).until("08:05").down(at)
    updated(rehearsed, AN_HOUR_LATER)
    rehearsed.until("16:59:59")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert len(rehearsed.said()) == 1
    assert boundaries(rehearsed) == [("08:00", True)]
    stands = "in desk the handover of 05 Jan 08:00Z stands until it is due"
    assert (stands in said_of_the_change(rehearsed)) == (at < "09:00")
    rehearsed.until("17:05")
    assert rehearsed.inside() == "chen"
    assert boundaries(rehearsed) == [("08:00", True), ("17:00", True)]
    assert rehearsed.wrongs == {}


@pytest.mark.promise("R8")
def test_Z9_a_handover_whose_new_instant_lies_before_it_was_carried_out_stays_one(
    day: Make, updated: Make
) -> None:
    rehearsed = day(LISBON).until("08:05")
    updated(rehearsed, AN_HOUR_EARLIER)
    rehearsed.until("14:59:59")
    assert rehearsed.sent() == ["add ben", "remove ana"]
    assert boundaries(rehearsed) == [("08:00", True)]
    rehearsed.until("15:05")
    assert rehearsed.inside() == "chen"
    assert rehearsed.unlawful() == []


def test_Z9_a_person_may_undo_what_stands_and_the_rules_decide(day: Make, updated: Make) -> None:
    rehearsed = day(LISBON).until("08:05")
    updated(rehearsed, AN_HOUR_LATER)
    with rehearsed.by_hand() as books:
        kept = books.grants.all(active_at=rehearsed.now)
        assert {(g.person, g.effect, g.author) for g in kept} == {
            ("ben", "in", "zone data"),
            ("ana", "out", "zone data"),
        }
        assert len({g.together for g in kept}) == 1
        for grant in kept:
            books.grants.end(grant.id, rehearsed.now)
        books.groups.wake(rehearsed.now)
    rehearsed.after(minutes=5)
    assert rehearsed.inside() == "ana"
    assert rehearsed.wrongs == {}


def test_Z9_the_same_data_again_changes_nothing(day: Make, updated: Make) -> None:
    rehearsed = day(LISBON).until("08:05")
    updated(rehearsed, AN_HOUR_LATER)
    updated(rehearsed, AN_HOUR_LATER)
    assert len(rehearsed.audit("zone_data_changed")) == 1
    with rehearsed.books() as books:
        assert len(books.grants.all()) == 2
    rehearsed.after(hours=1)
    assert rehearsed.sent() == ["add ben", "remove ana"]


DESK = """
people:
  ana: {name: Ana, phone: +351 91 000 0001}
shifts:
  day: {zone: Europe/Lisbon, hours: all day, everyone: [ana]}
groups:
  desk: {account: main, chat: 120363041234567890@g.us, shifts: [day]}
"""


@pytest.mark.promise("F2")
def test_Z8_the_log_says_at_the_start_that_other_zone_data_is_in_force(
    day: Make, tmp_path: Path
) -> None:
    (tmp_path / "desk.yaml").write_text(DESK, encoding="utf-8")
    rehearsed = day(LISBON)
    said: list[tuple[str, str]] = []
    for version in ("rehearsal", "2999a", "2999a"):
        ledger = rehearsed.rehearsal.ledger
        folder = RosterFolder(tmp_path, ledger, version, lambda *line: said.append(line))
        folder.look(rehearsed.rehearsal.moment, at_once=True)
    assert [line for line in said if "zone data" in line[1]] == [
        ("warning", "zone data 2999a instead of rehearsal")
    ]
