"""What a roster file means."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest

from rotation.core.reason import Reason
from rotation.core.roster import (
    Admins,
    Brief,
    BriefTo,
    ClosedHours,
    Every,
    Everyone,
    Goodbye,
    Hours,
    IfAddFails,
    Mode,
    NoticeTo,
    PersonId,
    Policy,
    Quiet,
    Roster,
    Season,
    Shift,
    Silent,
    Turns,
    Uncovered,
    Weekly,
    WhenClosed,
)
from rotation.roster_file import digest, reading

Read = Callable[..., Roster]
ALL = BriefTo.GROUP


def shift(read: Read, desk: str, line: str) -> Shift:
    """The shift x, written as this line."""
    return read(desk, f"shifts:\n  x: {{{line}}}\n").shifts["x"]


def test_people_shifts_and_groups_are_read(read: Read, desk: str) -> None:
    roster = read(desk)
    assert roster.people["ana"].phone == "+351912345601"
    assert roster.people["ana"].zone == "Europe/Lisbon"
    assert roster.shifts["day"].turns == Everyone(("ana",))
    group = roster.groups["acme"]
    assert (group.account, group.chat) == ("main", "120363041234567001@g.us")
    assert group.mode is Mode.WATCH
    assert group.policy == Policy()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("08:00 to 16:00", Hours(480, 960, 0)),
        ("22:00 to 06:00", Hours(1320, 360, 1)),
        ("16:00 to 24:00", Hours(960, 1440, 0)),
        ("22:00 to 00:00", Hours(1320, 0, 1)),
        ("all day", Hours(0, 1440, 0)),
        ("8:30 to 9:05", Hours(510, 545, 0)),
    ],
)
def test_hours_may_cross_midnight_or_fill_the_day(
    read: Read, desk: str, text: str, expected: Hours
) -> None:
    found = shift(read, desk, f"zone: UTC, hours: {text}, everyone: [ana]")
    assert found.hours == expected
    assert found.weekdays == frozenset(range(7))


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("fri 18:00 to mon 08:00", 4, Hours(1080, 480, 3)),
        ("Friday 18:00 to Monday 08:00", 4, Hours(1080, 480, 3)),
        ("mon 08:00 to mon 08:00", 0, Hours(480, 480, 7)),
        ("mon 08:00 to mon 16:00", 0, Hours(480, 960, 0)),
        ("mon 16:00 to mon 08:00", 0, Hours(960, 480, 7)),
    ],
)
def test_hours_may_name_their_weekdays(
    read: Read, desk: str, text: str, day: int, expected: Hours
) -> None:
    found = shift(read, desk, f"zone: UTC, hours: {text}, everyone: [ana]")
    assert found.hours == expected
    assert found.weekdays == {day}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("every day", set(range(7))),
        ("weekdays", {0, 1, 2, 3, 4}),
        ("weekends", {5, 6}),
        ("mon-fri", {0, 1, 2, 3, 4}),
        ("fri to mon", {4, 5, 6, 0}),
        ("[mon, wed]", {0, 2}),
        ("[mon-tue, sat]", {0, 1, 5}),
        ("wed", {2}),
    ],
)
def test_days_are_said_in_words(read: Read, desk: str, text: str, expected: set[int]) -> None:
    found = shift(read, desk, f"zone: UTC, hours: all day, days: {text}, everyone: [ana]")
    assert found.weekdays == expected


SEASONS = """\
shifts:
  x:
    zone: UTC
    hours: 08:00 to 16:00
    days: weekdays
    everyone: [ana]
    seasons:
      - {from: 2027-12-24, to: 2027-12-26, hours: none, reason: Christmas}
      - {from: 2027-02-08, to: 2027-03-09, hours: 09:00 to 15:00, reason: Ramadan}
      - {from: 2027-06-21, to: 2027-06-21, hours: 22:00 to 06:00, days: [mon]}
      - {from: 2027-08-01, to: 2027-08-31, hours: sat 10:00 to sun 16:00}
"""


def test_a_shift_has_other_hours_in_its_seasons(read: Read, desk: str) -> None:
    workdays = frozenset(range(5))
    assert read(desk, SEASONS).shifts["x"].seasons == (
        Season(date(2027, 2, 8), date(2027, 3, 9), Hours(540, 900), workdays, "Ramadan"),
        Season(date(2027, 6, 21), date(2027, 6, 21), Hours(1320, 360, 1), frozenset({0})),
        Season(date(2027, 8, 1), date(2027, 8, 31), Hours(600, 960, 1), frozenset({5})),
        Season(date(2027, 12, 24), date(2027, 12, 26), None, workdays, "Christmas"),
    )


CLOSED = """\
defaults:
  closed: [{hours: sat 00:00 to mon 00:00, zone: Europe/Lisbon, reason: weekend}]
groups:
  beta: {account: main, chat: 120363041234567002@g.us, shifts: [day], when_closed: empty}
  gamma:
    account: main
    chat: 120363041234567003@g.us
    shifts: [day]
    closed:
      - {hours: 22:00 to 06:00, days: weekdays, zone: UTC}
      - {hours: all day, zone: UTC}
  delta: {account: main, chat: 120363041234567004@g.us, shifts: [day], uncovered: empty}
"""


def test_a_group_has_closed_hours_of_its_own_or_those_of_the_defaults(
    read: Read, desk: str
) -> None:
    groups = read(desk, CLOSED).groups
    beta, gamma, delta = (groups[name].policy for name in ("beta", "gamma", "delta"))
    weekend = ClosedHours(Hours(0, 0, 2), frozenset({5}), "Europe/Lisbon", "weekend")
    assert beta.closed == delta.closed == (weekend,)
    assert gamma.closed == (
        ClosedHours(Hours(1320, 360, 1), frozenset(range(5)), "UTC"),
        ClosedHours(Hours(0, 1440), frozenset(range(7)), "UTC"),
    )
    assert [p.when_closed for p in (beta, gamma, delta)] == [
        WhenClosed.EMPTY, WhenClosed.STAY, WhenClosed.EMPTY,
    ]  # fmt: skip


FALLBACK = """\
defaults: {fallback: [ben, ana]}
groups:
  beta: {account: main, chat: 120363041234567002@g.us, shifts: [day]}
  gamma: {account: main, chat: 120363041234567003@g.us, shifts: [day], fallback: [ana]}
  delta: {account: main, chat: 120363041234567004@g.us, shifts: [day], fallback: []}
  empty: {account: main, chat: 120363041234567005@g.us}
"""


def test_a_group_has_fallback_people_of_its_own_or_those_of_the_defaults(
    read: Read, desk: str
) -> None:
    groups = read(desk, FALLBACK).groups
    told = {name: groups[name].fallback for name in ("beta", "gamma", "delta", "empty")}
    assert told == {"beta": ("ben", "ana"), "gamma": ("ana",), "delta": (), "empty": ()}


def test_in_which_order_seasons_are_written_changes_nothing(read: Read, desk: str) -> None:
    *before, first, second, third, fourth = SEASONS.splitlines(keepends=True)
    turned = "".join([*before, fourth, second, first, third])
    assert digest(read(desk, turned)) == digest(read(desk, SEASONS))
    other = SEASONS.replace("15:00", "15:30")
    assert digest(read(desk, other)) != digest(read(desk, SEASONS))


@pytest.mark.parametrize(
    ("text", "count", "unit"),
    [
        ("every day", 1, Every.DAY),
        ("every week", 1, Every.WEEK),
        ("every 2 weeks", 2, Every.WEEK),
        ("every month", 1, Every.MONTH),
        ("every 3 days", 3, Every.DAY),
    ],
)
def test_turns_say_how_often_they_change(
    read: Read, desk: str, text: str, count: int, unit: Every
) -> None:
    turns = f"turns: {{change: {text}, from: 2026-01-05, order: [ana, ben, cho]}}"
    found = shift(read, desk, f"zone: UTC, hours: all day, on_duty: 2, {turns}")
    assert found.turns == Turns(("ana", "ben", "cho"), unit, count, date(2026, 1, 5), 2)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("45 s", 45), ("10 min", 600), ("2 h", 7200), ("1 h 30 min", 5400), ("1h30m", 5400)],
)
def test_lengths_of_time_have_units(read: Read, desk: str, text: str, seconds: int) -> None:
    roster = read(desk, f"defaults: {{join_early: {text}}}\n{GROUP}")
    assert roster.groups["beta"].policy.join_early == timedelta(seconds=seconds)


GROUP = "groups:\n  beta: {account: main, chat: 120363041234567002@g.us}\n"


def test_a_week_ends_when_the_file_says_and_without_a_word_never(read: Read, desk: str) -> None:
    assert read(desk).weekly is None
    told = read(desk, "weekly: {at: Friday 17:30, zone: Asia/Tokyo, agents: [ana]}\n").weekly
    assert told == Weekly(4, 17 * 60 + 30, "Asia/Tokyo", (PersonId("ana"),))


def test_a_group_has_its_own_words_then_the_defaults_of_its_file_then_ours(
    read: Read, desk: str
) -> None:
    other = """\
team: support
tell: [ana]
defaults:
  {join_early: 10 min, stay_late: 15 min, keep_at_least: 2, uncovered: empty, goodbye: {text: Bye}}
groups:
  beta:
    account: main
    chat: 351912345678-1423456789@g.us
    stay_late: 1 h
    pins: [ben]
    always_in: [ana]
    mode: strict
    if_add_fails: [tell]
    reset_link_after: [subscription, silent]
    admins: remove
    strangers_after: 3 d
    silent: {after: 14 days, keep_roles: [sponsor]}
people:
  cy: {name: Cy, phone: "+351 91 234 5699", core: true}
"""
    roster = read(desk, other)
    beta, acme = roster.groups["beta"], roster.groups["acme"]
    assert beta.policy == Policy(
        join_early=timedelta(minutes=10),
        stay_late=timedelta(hours=1),
        keep_at_least=2,
        goodbye=Goodbye({("", ""): "Bye"}),
        uncovered=Uncovered.EMPTY,
        if_add_fails=(IfAddFails.TELL,),
        reset_link_after=(Reason.SUBSCRIPTION, Reason.SILENT),
        admins=Admins.REMOVE,
        strangers_after=timedelta(days=3),
        silent=Silent(timedelta(days=14), keep_roles=("sponsor",)),
        when_closed=WhenClosed.EMPTY,
    )
    assert [str(p.id) for p in roster.people.values() if p.core] == ["cy"]
    assert (beta.pins, beta.always_in, beta.tell, beta.team) == (
        ("ben",),
        ("ana",),
        ("ana",),
        "support",
    )
    assert acme.policy == Policy()
    assert (acme.tell, acme.team) == ((), None)
    assert roster.tell == ("ana",)


def test_a_goodbye_may_say_it_by_reason_and_language(read: Read, desk: str) -> None:
    other = """\
groups:
  beta:
    account: main
    chat: 120363041234567002@g.us
    goodbye:
      before: 5 min
      to: person
      text: "{names} go at {until}."
      texts: {ja: J, manual: M, shift_end.pt-BR: "{{P}}"}
"""
    goodbye = read(desk, other).groups["beta"].policy.goodbye
    assert goodbye is not None
    assert (goodbye.before, goodbye.to) == (timedelta(minutes=5), NoticeTo.PERSON)
    assert goodbye.texts == {
        ("", ""): "{names} go at {until}.",
        ("", "ja"): "J",
        ("manual", ""): "M",
        ("shift_end", "pt-BR"): "{{P}}",
    }


QUIET = [
    ("{}", "quiet: 22:00 to 07:00", (Hours(1320, 420, 1), "Europe/Lisbon")),
    ("{quiet: 22:00 to 07:00}", "before: 1 min", (Hours(1320, 420, 1), "Europe/Lisbon")),
    ("{quiet: 22:00 to 07:00}", "quiet: 12:00 to 14:00", (Hours(720, 840), "Europe/Lisbon")),
    ("{quiet: 22:00 to 07:00}", "zone: Asia/Tokyo", (Hours(1320, 420, 1), "Asia/Tokyo")),
    ("{quiet: 22:00 to 07:00, zone: UTC}", "quiet: 1:00 to 24:00", (Hours(60, 1440), "UTC")),
    ("{quiet: 22:00 to 07:00, zone: UTC}", "quiet: none", None),
    ("{quiet: none}", "before: 1 min", None),
]


@pytest.mark.parametrize(("above", "own", "told"), QUIET)
def test_quiet_hours_are_joined_and_told_where_the_first_shift_is(
    read: Read, desk: str, above: str, own: str, told: tuple[Hours, str] | None
) -> None:
    other = f"""\
defaults: {{goodbye: {above}}}
groups:
  beta:
    {{account: main, chat: 120363041234567002@g.us, shifts: [day], goodbye: {{text: Bye, {own}}}}}
"""
    goodbye = read(desk, other).groups["beta"].policy.goodbye
    assert goodbye is not None
    assert goodbye.quiet == (None if told is None else Quiet(*told))


def test_quiet_hours_alone_say_when_people_are_not_warned(read: Read, desk: str) -> None:
    other = """\
groups:
  beta: {account: main, chat: 120363041234567002@g.us, goodbye: {quiet: 22:00 to 07:00}}
"""
    goodbye = read(desk, other).groups["beta"].policy.goodbye
    assert goodbye == Goodbye({}, quiet=Quiet(Hours(1320, 420, 1), "UTC"))


BRIEFS = [
    ("{text: A, texts: {ja: J}}", "{}", Brief({"": "A", "ja": "J"})),
    ("{text: A, texts: {ja: J}}", "{text: B}", Brief({"": "B"})),
    ("{text: A, texts: {ja: J}}", "{texts: {ja: K}, to: group}", Brief({"": "A", "ja": "K"}, ALL)),
    ("{text: A}", "{to: nobody}", None),
    ("{to: group}", "{text: B}", Brief({"": "B"}, ALL)),
    ("{to: nobody}", "{to: person, text: B}", Brief({"": "B"})),
]


@pytest.mark.parametrize(("above", "own", "joined"), BRIEFS)
def test_a_groups_brief_is_joined_with_the_defaults(
    read: Read, desk: str, above: str, own: str, joined: Brief | None
) -> None:
    other = f"""\
defaults: {{brief: {above}}}
groups:
  beta: {{account: main, chat: 120363041234567002@g.us, brief: {own}}}
"""
    assert read(desk, other).groups["beta"].policy.brief == joined


OWN_WORDS = [
    ("text: T", {"any": "T", "warning": "W"}),
    ("texts: {shift_end: T}", {"any": "A", "ja": "J", "shift_end": "T", "warning": "W"}),
    (
        "texts: {ja: T}",
        {"any": "A", "ja": "T", "shift_end": "S", "shift_end.pt": "P", "warning": "W"},
    ),
    (
        "texts: {warning: T}",
        {"any": "A", "ja": "J", "shift_end": "S", "shift_end.ja": "SJ", "shift_end.pt": "P",
         "warning": "T"},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("own", "said"), OWN_WORDS, ids=[own for own, _ in OWN_WORDS])
def test_a_group_says_some_of_it_otherwise_and_the_rest_like_the_others(
    read: Read, desk: str, own: str, said: dict[str, str]
) -> None:
    other = f"""\
defaults:
  goodbye:
    before: 5 min
    to: person
    text: A
    texts: {{ja: J, shift_end: S, shift_end.ja: SJ, shift_end.pt: P, warning: W}}
groups:
  beta: {{account: main, chat: 120363041234567002@g.us, goodbye: {{to: group, {own}}}}}
"""
    goodbye = read(desk, other).groups["beta"].policy.goodbye
    assert goodbye is not None
    assert (goodbye.before, goodbye.to) == (timedelta(minutes=5), NoticeTo.GROUP)
    keys = {".".join(filter(None, key)) or "any": text for key, text in goodbye.texts.items()}
    assert keys == said


def test_a_group_may_move_the_goodbye_that_others_word(read: Read, desk: str) -> None:
    other = """\
defaults: {goodbye: {text: Bye}}
groups:
  beta: {account: main, chat: 120363041234567002@g.us, goodbye: {before: 1 min}}
"""
    goodbye = read(desk, other).groups["beta"].policy.goodbye
    assert goodbye == Goodbye({("", ""): "Bye"}, timedelta(minutes=1))


def test_names_are_resolved_across_files_in_any_order(read: Read, desk: str) -> None:
    people, rest = desk[: desk.index("shifts:")], desk[desk.index("shifts:") :]
    assert read(rest, people) == read(people, rest) == read(desk)


def test_twice_in_the_order_is_twice_the_turns(read: Read, desk: str) -> None:
    turns = "turns: {change: every day, from: 2026-01-05, order: [ana, ben, ana, cho]}"
    found = shift(read, desk, f"zone: UTC, hours: all day, {turns}")
    assert found.people == ("ana", "ben", "ana", "cho")


def test_words_that_other_readers_take_for_numbers_or_no_stay_words(read: Read, desk: str) -> None:
    people = """\
people:
  no: {name: No, phone: "+47 21 23 45 67", language: no, role: 12:30}
  on: {name: null and void, phone: "+47 21 23 45 68"}
"""
    roster = read(desk, people)
    assert roster.people["no"].language == "no"
    assert roster.people["no"].role == "12:30"
    assert set(roster.people) >= {"no", "on"}


def test_Z11_a_former_zone_name_is_kept_by_its_present_one_and_remarked_on(desk: str) -> None:  # noqa: N802 - named by its row
    text = desk.replace("zone: Europe/Lisbon, hours", "zone: Europe/Kiev, hours")
    found = reading((("schedules/a.yaml", text.encode()),))
    assert found.roster.shifts["day"].zone == "Europe/Kyiv"
    assert [str(r) for r in found.remarks] == [
        "schedules/a.yaml:6:15: `Europe/Kiev` is a former or second name. Write Europe/Kyiv"
    ]


def test_a_group_without_shifts_and_pins_is_remarked_on(desk: str) -> None:
    text = desk.replace("shifts: [day]}", "shifts: []}")
    remarks = [str(r) for r in reading((("schedules/a.yaml", text.encode()),)).remarks]
    assert "nobody is ever due in `acme`. Name its `shifts`" in remarks[-1]
    pinned = desk.replace("shifts: [day]}", "shifts: [], pins: [ana]}")
    (unused,) = reading((("schedules/a.yaml", pinned.encode()),)).remarks
    assert "no group uses the shift" in str(unused)


def test_a_shift_that_no_group_uses_is_remarked_on(desk: str) -> None:
    text = desk.replace(", shifts: [day]", "")
    remark, _no_one_due = reading((("schedules/a.yaml", text.encode()),)).remarks
    assert str(remark).startswith("schedules/a.yaml:6:3: no group uses the shift `day`")


# ---- the digest


def test_I4_a_digest_is_of_what_the_files_say_and_not_of_how(read: Read, desk: str) -> None:  # noqa: N802 - named by its row
    lines = desk.splitlines()
    people, rest = desk[: desk.index("shifts:")], desk[desk.index("shifts:") :]
    reordered = "\n".join(["# a comment", lines[0], *reversed(lines[1:4]), *lines[4:]])
    former = desk.replace("zone: Europe/Lisbon, hours", "hours").replace(
        "hours: 08:00 to 16:00", "hours: 8:00  to 16:00, days: [sun, mon-sat], zone: Portugal"
    )
    pinned = desk.replace("shifts: [day]", "shifts: [day], pins: [ben, cho]")
    assert digest(read(pinned)) == digest(read(pinned.replace("[ben, cho]", "[cho, ben]")))
    expected = digest(read(desk))
    assert len(expected) == 12
    for same in ((reordered,), (people, rest), (rest, people), (former,)):
        assert digest(read(*same)) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("16:00", "16:01"),
        ("[ana]", "[ben]"),
        ("Ana Reis", "Ana Rei"),
        ("900102", "900103"),
        ("4567001", "4567002"),
        ("zone: Europe/Lisbon, hours", "zone: Europe/London, hours"),
        ("shifts: [day]", "shifts: [day], pins: [ben]"),
        ("shifts: [day]", "shifts: [day], goodbye: {text: Bye}"),
    ],
)
def test_any_change_of_meaning_changes_the_digest(
    read: Read, desk: str, old: str, new: str
) -> None:
    assert digest(read(desk.replace(old, new))) != digest(read(desk))


def test_the_example_desk_has_no_problem_and_no_remark() -> None:
    folder = Path(__file__).parents[2] / "schedules"
    files = tuple((p.name, p.read_bytes()) for p in sorted(folder.glob("*.yaml")))
    found = reading(files)
    assert found.remarks == ()
    assert len(found.roster.groups) == 4
    on_shifts = {p for s in found.roster.shifts.values() for p in s.people}
    assert len(on_shifts | set(found.roster.people)) == 14
