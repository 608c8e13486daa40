"""Changes of duty in roster files: what they mean, and how a mistake in one is told."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from rotation.core.roster import Change, Doing, Roster, WhileOff
from rotation.core.timeline import Timeline
from rotation.roster_file import digest, reading

Read, Wrong = Callable[..., Roster], Callable[..., list[str]]
NIGHT = """\
shifts:
  night:
    zone: Asia/Tokyo
    hours: 22:00 to 06:00
    turns: {change: every day, from: 2026-01-05, order: [ben, cho]}
"""


def one(read: Read, desk: str, line: str) -> Change:
    (found,) = read(desk, NIGHT, f"changes:\n  - {{{line}}}\n").changes
    return found


def test_dates_are_for_the_shifts_that_start_on_them(read: Read, desk: str) -> None:
    found = one(read, desk, "off: ana, from: 2026-01-05, to: 2026-01-09, turn: hold, reason: rest")
    assert (found.kind, found.person, found.turn) == (Doing.OFF, "ana", WhileOff.HOLD)
    assert (found.first, found.last) == (date(2026, 1, 5), date(2026, 1, 9))
    assert (found.starts, found.id, found.reason) == (None, 0, "rest")
    alone = one(read, desk, "off: ana, from: 2026-01-05")
    assert (alone.first, alone.last, alone.turn) == (date(2026, 1, 5), date(2026, 1, 5), "skip")


@pytest.mark.parametrize(
    ("more", "zone_hours"),
    [
        ("zone: Asia/Tokyo", 9),
        ("", 0),  # ana reads clocks in Lisbon
        ("shift: night", 0),
    ],
)
def test_times_are_by_the_named_clocks_or_those_of_the_person(
    read: Read, desk: str, more: str, zone_hours: int
) -> None:
    when = "from: 2026-01-05 12:00, to: 2026-01-05 16:30"
    found = one(read, desk, f"cover: ana, by: ben, {when}, {more}".rstrip(", "))
    starts = datetime(2026, 1, 5, 12 - zone_hours, tzinfo=UTC)
    assert (found.starts, found.other) == (starts, "ben")
    assert found.ends == starts.replace(hour=16 - zone_hours, minute=30)
    assert found.first is None


def test_of_somebody_without_a_zone_it_is_the_shift_s(read: Read, desk: str) -> None:
    when = "from: 2026-01-05 23:00, to: 2026-01-06 01:00, shift: night"
    assert one(read, desk, f"off: ben, {when}").starts == datetime(2026, 1, 5, 14, tzinfo=UTC)


@pytest.mark.promise("P-cover")
def test_a_file_s_changes_are_done_in_its_order(read: Read, desk: str) -> None:
    written = """\
changes:
  - {swap: ben, on: night 2026-01-05, with: cho, for: night 2026-01-06}
  - {extra: ben, shift: day, from: 2026-01-07}
  - {cover: ana, by: cho, from: 2026-01-07}
"""
    roster = read(desk.replace("[day]", "[day, night]"), NIGHT, written)
    line = Timeline(roster)

    def on_duty(day: int, hour: int) -> str:
        at = datetime(2026, 1, day, hour, tzinfo=UTC)
        return " ".join(sorted(line.on_duty(next(iter(roster.groups)), at)))

    assert [on_duty(day, 15) for day in (5, 6)] == ["ana cho", "ana ben"]
    assert on_duty(7, 9) == "ben cho"


def test_without_changes_a_roster_keeps_its_digest_and_with_them_has_another(
    read: Read, desk: str
) -> None:
    plain, none = read(desk), read(desk, "changes: []\n")
    assert digest(plain) == digest(none)
    changed = [digest(read(desk, f"changes: [{{off: ana, from: 2026-01-0{n}}}]\n")) for n in (5, 6)]
    assert len({digest(plain), *changed}) == 3


@pytest.mark.promise("E-9")
def test_a_void_swap_is_remarked_on_and_stops_nothing(desk: str) -> None:
    swap = "changes:\n  - {swap: ben, on: day 2026-01-05, with: cho, for: night 2026-01-06}\n"
    files = [desk, NIGHT, swap]
    found = reading(tuple((f"schedules/{n}.yaml", f.encode()) for n, f in enumerate(files)))
    assert str(found.remarks[-1]) == (
        "schedules/2.yaml:2:5: this swap is void: ben is not on duty in day on 2026-01-05."
        " Take the line out, or write who has which shift"
    )


@pytest.mark.promise("P-file-errors")
@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("from: 2026-01-05", "c.yaml:2:5: a change does one thing: `off`, `cover`, `swap` or"),
        ("off: ana, cover: ben, by: cho, from: 2026-01-05", "a change does one thing"),
        ("off: ana", "2:5: `from` is missing. Write `{off: ana, from: 2026-01-05,"),
        ("cover: ana, from: 2026-01-05", "`by` is missing. Write `{cover: ana, by: ben"),
        ("extra: ana, from: 2026-01-05", "`shift` is missing"),
        ("swap: ana, on: day 2026-01-05, with: ben", "`for` is missing"),
        ("off: ana, by: ben, from: 2026-01-05", "`by` says nothing of `off`"),
        ("extra: ana, shift: day, from: 2026-01-05, turn: swap", "`turn` says nothing of `extra`"),
        ("off: anna, from: 2026-01-05", "2:11: there is no person `anna`. Did you mean `ana`?"),
        ("cover: ana, by: bem, from: 2026-01-05", "there is no person `bem`"),
        ("off: ana, from: 2026-01-05, shift: dai", "there is no shift `dai`. Did you mean `day`"),
        ("swap: ana, on: dai 2026-01-05, with: ben, for: day 2026-01-06", "no shift `dai`"),
        ("swap: ana, on: day, with: ben, for: day 2026-01-06", "`day` is no shift and date"),
        ("off: ana, from: 2026-02-30", "`2026-02-30` is no date"),
        ("off: ana, from: 2026-01-05 8 o'clock", "is no date and time. Write 2026-01-05 08:00"),
        ("off: ana, from: 2026-01-05 25:00", "25"),
        ("off: ana, from: 2026-01-06, to: 2026-01-05", "it ends before it begins"),
        ("off: ana, from: 2026-01-05, to: 2028-01-05", "it lasts longer than 400 days"),
        ("off: ana, from: 2026-01-05, to: 2026-01-05 08:00", "one end is a date and the other a"),
        ("off: ana, from: 2026-01-05 08:00", "`to` is missing"),
        ("off: ana, from: 2026-01-05 08:00, to: 2026-01-05 08:00", "it ends before it begins"),
        (
            "off: ben, from: 2026-01-05 08:00, to: 2026-01-05 09:00",
            "nobody knows by whose clocks. Add `zone: Europe/Lisbon`",
        ),
        (
            "off: ana, from: 2026-03-29 01:30, to: 2026-03-29 09:00",
            "`2026-03-29 01:30` never comes, since clocks jump over it in Europe/Lisbon",
        ),
        (
            "off: ana, from: 2026-10-25 01:30, to: 2026-10-25 09:00",
            "twice in Europe/Lisbon. Say it by another clock: `zone: UTC` and 2026-10-25 00:30",
        ),
        ("off: ana, from: 2026-01-05, turn: never", "`never` is none of skip, swap, hold"),
        ("offf: ana, from: 2026-01-05", "`offf` is not a key here. Did you mean `off`?"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_its_fix(
    wrong: Wrong, desk: str, line: str, says: str
) -> None:
    found = wrong(desk, NIGHT, f"changes:\n  - {{{line}}}\n")
    assert any(says in problem for problem in found), found


def test_changes_that_are_no_list_are_one_clear_error(wrong: Wrong, desk: str) -> None:
    (found,) = wrong(desk, "changes: {off: ana}\n")
    assert "b.yaml:1:10: a list is needed here" in found


def test_whether_agents_are_told_of_edits_is_for_all_files_together(read: Read, desk: str) -> None:
    assert read(desk).tell_agents
    assert not read(desk, "tell_agents: false\n").tell_agents
    assert digest(read(desk)) != digest(read(desk, "tell_agents: false\n"))
