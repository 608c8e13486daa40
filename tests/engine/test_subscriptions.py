"""Subscriptions carried out: in by the list, warned once, out at the end, and never by mistake."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Effect, Grant, Kind
from rotation.core.reason import Reason
from rotation.core.roster import Goodbye, GroupId, Mode, PersonId, Phone
from rotation.engine import AccountRules, subscriptions, tickets
from rotation.engine.subscriptions import Weighed
from rotation.roster_file import Member

Day: TypeAlias = Any
"""The one of conftest.py, which tests cannot import."""
Make = Callable[..., Any]

DESK, DAY = GroupId("desk"), timedelta(days=1)
BY = "mara", "the list of January"
SPOKEN = Goodbye(
    {("", ""): "{names} sign off.", ("subscription", ""): "{names}: thank you.",
     ("warning", "pt"): "{names}: {group} termina {until}."},
)  # fmt: skip


def phone(n: int) -> Phone:
    return Phone(f"+49151{n:08}")


def with_members(count: int) -> Callable[[Any], None]:
    """People of the world whom nobody wrote down."""

    def change(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        world["people"] += [{"phone": phone(n), "name": f"Member {n}"} for n in range(count)]

    return change


def row(n: int, until: datetime, *, group: GroupId = DESK, **more: Any) -> Member:  # noqa: ANN401 - any of a row's cells
    told = Member(n + 2, f"M-{n}", phone(n), f"Member {n}", group, until, None, 0)
    return replace(told, **more)


def imports(
    day: Day, rows: Iterable[Member], *, whole: bool = False, judge: bool = True
) -> Weighed:
    with day.by_hand() as books:
        found = subscriptions.weigh(books, day.roster, list(rows), day.now, whole=whole)
        if not found.misfits and not found.held:
            subscriptions.keep(books, found, BY, day.now, "list.csv")
    if judge:
        tell_judge(day)
    return found


def tell_judge(day: Day) -> None:
    """Whatever the ledger grants now is what the judge lets be."""
    with day.books() as books:
        people = books.people.all()
        granted = [g for g in books.grants.all() if g.effect is Effect.IN]
        day.given[:] = [replace(g, person=PersonId(_number(people, g))) for g in granted]
    day.tell_judge()


def _number(people: Any, grant: Grant) -> str:  # noqa: ANN401 - the ledger's mapping
    return str(people[grant.person].phone) if grant.person.startswith("x-") else str(grant.person)


def members(day: Day) -> set[int]:
    """Which of the members are truly in the group."""
    inside = day.members()
    return {n for n in range(100) if phone(n) in inside}


def heard(day: Day, n: int) -> list[str]:
    path = f"messages?chat={phone(n).replace('+', '%2B')}"
    return [m["text"] for m in day.ask("GET", path)["messages"]]


@pytest.mark.slow
@pytest.mark.promise("P-subscription", "A1", "S13", "S7")
@pytest.mark.parametrize("mode", [Mode.MANAGED, Mode.STRICT])
def test_members_are_in_until_their_subscription_ends(day: Make, mode: Mode) -> None:
    rehearsed = day(change=with_members(12), goodbye=SPOKEN, mode=mode).until("08:10")
    until = rehearsed.at("12:00")
    found = imports(rehearsed, [row(n, until if n < 3 else until + DAY) for n in range(12)])
    assert len(found.new) == 12
    rehearsed.after(seconds=50)
    assert len(members(rehearsed)) == 8  # by drip
    assert members(rehearsed.until("11:59")) == set(range(12))
    assert rehearsed.inside() == "ben"
    rehearsed.until("12:03")
    assert members(rehearsed) == set(range(3, 12))
    assert rehearsed.said()[-1] == "Member 0, Member 1 and Member 2: thank you."
    gone = rehearsed.audit("removed")[-3:]
    assert {r.reason for r in gone} == {Reason.SUBSCRIPTION}
    assert {r.origin for r in gone} == {f"subscription M-{n} by mara" for n in range(3)}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-invite-links", "S1")
def test_a_link_is_reset_after_exits_that_the_group_names_once_for_each_and_after_no_other(
    day: Make,
) -> None:
    rehearsed = day(
        change=with_members(3), reset_link_after=(Reason.SUBSCRIPTION, Reason.ROSTER_REMOVED)
    ).until("08:10")
    imports(rehearsed, [row(n, rehearsed.at("12:00")) for n in range(2)])
    rehearsed.until("13:00")
    assert members(rehearsed) == set()
    reset = rehearsed.audit("reset")
    assert [r.reason for r in reset] == [Reason.SUBSCRIPTION, Reason.SUBSCRIPTION]
    assert len(rehearsed.calls("revoke")) == 2
    assert len(rehearsed.audit("removed")) == 3, "ana's shift has ended as well"
    rehearsed.until("23:00")
    assert len(rehearsed.calls("revoke")) == 2
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-subscription", "I2")
def test_the_same_list_twice_changes_nothing_also_after_an_extension(day: Make) -> None:
    rehearsed = day(change=with_members(3)).until("08:10")
    rows = [row(n, rehearsed.at("12:00")) for n in range(3)]
    imports(rehearsed, rows)
    rehearsed.until("08:20")
    with rehearsed.by_hand() as books:
        known = books.subscriptions.get("M-1")
        subscriptions.extend(books, known, rehearsed.at("14:00"), BY, rehearsed.now)
    tell_judge(rehearsed)
    with rehearsed.books() as books:
        before = books.subscriptions.all(), books.grants.all()
    for clock in ("09:00", "13:00"):
        rehearsed.until(clock)
        found = imports(rehearsed, rows, whole=True)
        assert (len(found.same), found.changes, found.missing) == (3, (), ())
        with rehearsed.books() as books:
            assert (books.subscriptions.all(), books.grants.all()) == before
    assert members(rehearsed) == {1}
    assert members(rehearsed.until("14:03")) == set()
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-subscription")
def test_a_row_with_another_end_prolongs_and_nobody_leaves_in_between(day: Make) -> None:
    rehearsed = day(change=with_members(2)).until("08:10")
    imports(rehearsed, [row(n, rehearsed.at("12:00")) for n in range(2)])
    rehearsed.until("09:00")
    found = imports(rehearsed, [row(0, rehearsed.at("15:00")), row(1, rehearsed.at("10:00"))])
    assert (len(found.longer), len(found.shorter)) == (1, 1)
    assert members(rehearsed.until("10:03")) == {0}
    assert members(rehearsed.until("14:59")) == {0}
    assert members(rehearsed.until("15:03")) == set()
    assert len([r for r in rehearsed.audit("added") if r.person.startswith("x-")]) == 2
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-subscription")
def test_a_key_with_another_number_lets_the_new_one_in_and_the_old_one_out(day: Make) -> None:
    rehearsed = day(change=with_members(2)).until("08:10")
    imports(rehearsed, [row(0, rehearsed.at("15:00"))])
    rehearsed.until("09:00")
    found = imports(rehearsed, [row(0, rehearsed.at("15:00"), phone=phone(1))])
    assert len(found.moved) == 1
    assert members(rehearsed.until("09:05")) == {1}
    assert rehearsed.unlawful() == []


# -- nobody goes by mistake ----------------------------------------------------------------------


@pytest.mark.promise("P-subscription", "S8")
@pytest.mark.parametrize("left", [0, 1, 11])
def test_an_empty_or_shrunken_list_removes_nobody(day: Make, left: int) -> None:
    rehearsed = day(change=with_members(12)).until("08:10")
    rows = [row(n, rehearsed.at("08:00") + DAY) for n in range(12)]
    imports(rehearsed, rows)
    rehearsed.until("08:30")
    assert not imports(rehearsed, rows[:left]).held
    rehearsed.until("09:30")
    assert members(rehearsed) == set(range(12))
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-subscription", "S8")
def test_the_whole_list_ends_a_few_and_waits_for_a_word_before_it_ends_many(day: Make) -> None:
    rehearsed = day(change=with_members(12)).until("08:10")
    rows = [row(n, rehearsed.at("08:00") + DAY) for n in range(12)]
    imports(rehearsed, rows)
    rehearsed.until("08:30")
    assert len(imports(rehearsed, rows[:6], whole=True).held) == 6
    assert len(imports(rehearsed, [], whole=True).held) == 12
    soon = [replace(one, until=rehearsed.at("08:31")) for one in rows]
    assert len(imports(rehearsed, soon).held) == 12
    elsewhere = [replace(one, phone=phone(n + 50)) for n, one in enumerate(rows)]
    assert len(imports(rehearsed, elsewhere).held) == 12
    assert members(rehearsed.until("09:00")) == set(range(12))
    assert not imports(rehearsed, rows[:7], whole=True).held
    assert members(rehearsed.until("09:10")) == set(range(7))
    assert rehearsed.unlawful() == []


@pytest.mark.slow
@pytest.mark.promise("P-subscription", "S8")
@pytest.mark.planted("an empty import removes everyone")
def test_an_import_that_ends_whoever_is_missing_is_found(
    day: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The world's judge knows until when the members were told that they may stay."""
    weigh = subscriptions.weigh

    def empties(*asked: Any, whole: bool) -> Weighed:  # noqa: ANN401 - as it is called
        return replace(weigh(*asked, whole=whole or True), held=())

    rehearsed = day(change=with_members(12)).until("08:10")
    imports(rehearsed, [row(n, rehearsed.at("08:00") + DAY) for n in range(12)])
    rehearsed.until("08:30")
    monkeypatch.setattr(subscriptions, "weigh", empties)
    imports(rehearsed, [], judge=False)
    rehearsed.until("08:40")
    assert members(rehearsed) == set()
    assert rehearsed.wrongs == {"on_duty_removed": 12}


@pytest.mark.promise("P-subscription", "S5")
def test_leavers_and_whoever_had_ended_before_are_left_out_and_the_rest_is_kept(day: Make) -> None:
    rehearsed = day(change=with_members(3)).until("08:10")
    with rehearsed.by_hand() as books:
        gone = books.people.guest(phone(0), "Member 0", rehearsed.now)
        books.leavers.mark(gone, "otto", "left", rehearsed.now)
    noon = rehearsed.at("12:00")
    found = imports(rehearsed, [row(0, noon), row(1, rehearsed.now - DAY), row(2, noon)])
    assert [len(some) for some in (found.leavers, found.over, found.new)] == [1, 1, 1]
    assert members(rehearsed.until("08:20")) == {2}
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-subscription", "S2")
def test_rows_that_cannot_be_are_named_and_nothing_of_the_list_is_kept(
    day: Make, make_roster: Make
) -> None:
    roster = make_roster(groups="desk other")
    other = GroupId("other")
    watched = replace(roster.groups[other], mode=Mode.WATCH)
    roster = replace(roster, groups={**roster.groups, other: watched})
    rehearsed = day(roster, change=with_members(3)).until("08:10")
    noon = rehearsed.at("12:00")
    imports(rehearsed, [row(0, noon)])
    rehearsed.until("08:20")
    with rehearsed.books() as books:
        own = next(i for i in books.accounts.state(rehearsed.rehearsal.account).own if i[0] == "+")
    found = imports(
        rehearsed,
        [row(1, noon), row(2, noon, phone=Phone(rehearsed.phone("ben"))),
         row(3, noon, phone=phone(0)), row(4, noon, group=other), row(5, noon, phone=Phone(own))],
    )  # fmt: skip
    told = [(one.member.line, one.column, one.message) for one in found.misfits]
    assert told == [
        (4, "phone", "this is ben of the roster"),
        (5, "phone", "the number is in desk by the key `M-0`"),
        (6, "group", "other is only watched, so nobody would be added"),
        (7, "phone", "this is our own number"),
    ]
    with rehearsed.books() as books:
        assert set(books.subscriptions.all()) == {"M-0"}


@pytest.mark.promise("P-subscription", "E-15")
def test_whoever_walks_back_in_after_the_end_goes_again_also_weeks_later(day: Make) -> None:
    rehearsed = day(change=with_members(1), mode=Mode.STRICT).until("08:10")
    imports(rehearsed, [row(0, rehearsed.at("09:00"))])
    rehearsed.until("09:05")
    rehearsed.down(timedelta(days=12))
    rehearsed.human("add", str(phone(0)))
    rehearsed.after(minutes=20)
    assert members(rehearsed) == set()
    gone = [r for r in rehearsed.audit("removed") if r.reason is Reason.SUBSCRIPTION]
    assert len(gone) == 2


# -- warnings ------------------------------------------------------------------------------------


@pytest.mark.promise("P-warning")
def test_members_are_warned_once_so_many_days_ahead_in_their_language(day: Make) -> None:
    rehearsed = day(change=with_members(3), goodbye=SPOKEN).until("08:10")
    until = datetime(2026, 1, 7, 8, 30, tzinfo=UTC)
    rows = [row(0, until, warn_days=2), row(1, until, warn_days=2, language="pt"), row(2, until)]
    imports(rehearsed, rows)
    rehearsed.until("08:29")
    assert [heard(rehearsed, n) for n in range(3)] == [[], [], []]
    rehearsed.until("08:31")
    assert [heard(rehearsed, n) for n in range(3)] == [
        ["Member 0, your place in desk ends Wed 2026-01-07 08:30 +00:00 UTC."],
        ["Member 1: desk termina Wed 2026-01-07 08:30 +00:00 UTC."],
        [],
    ]
    imports(rehearsed, rows)
    rehearsed.rehearsal.restart()
    rehearsed.until("11:00")
    assert [len(heard(rehearsed, n)) for n in range(3)] == [1, 1, 0]
    assert [r.detail["how"] for r in rehearsed.audit("warning")] == ["said", "said"]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-warning")
def test_an_extension_is_warned_of_anew_and_a_late_import_not_at_all(day: Make) -> None:
    rehearsed = day(change=with_members(2)).until("08:10")
    until = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)
    imports(rehearsed, [row(0, until, warn_days=1), row(1, until, warn_days=7)])
    rehearsed.until("08:40")
    with rehearsed.by_hand() as books:
        known = books.subscriptions.get("M-0")
        subscriptions.extend(books, known, until + timedelta(hours=1), BY, rehearsed.now)
    tell_judge(rehearsed)
    rehearsed.until("09:40")
    assert [len(heard(rehearsed, n)) for n in range(2)] == [2, 0]
    assert rehearsed.unlawful() == []


@pytest.mark.promise("P-warning", "S10")
def test_a_daemon_that_dies_around_a_warning_says_it_at_most_once(day: Make, death: Make) -> None:
    until = datetime(2026, 1, 6, 8, 12, tzinfo=UTC)

    def lived(*at_commits: int) -> tuple[Day, int]:
        rehearsed = day(change=with_members(1), death=death(at_commits)).until("08:10")
        imports(rehearsed, [row(0, until, warn_days=1)])
        rehearsed.until(until - DAY - timedelta(seconds=2))
        return rehearsed, rehearsed.death.commits

    unharmed, before = lived()
    unharmed.until(until - DAY + timedelta(seconds=20))
    told = []
    for at in range(before + 1, unharmed.death.commits + 1):
        rehearsed, _ = lived(at)
        rehearsed.until(until - DAY + timedelta(minutes=3))
        told.append(len(heard(rehearsed, 0)))
        assert rehearsed.unlawful() == [], at
    assert set(told) <= {0, 1}
    assert told.count(1) >= len(told) - 1


@pytest.mark.promise("P-warning", "S7")
def test_a_warning_that_surely_was_not_said_is_said_later_and_any_other_never_again(
    day: Make,
) -> None:
    rehearsed = day(change=with_members(2)).until("08:10")
    until = datetime(2026, 1, 6, 8, 30, tzinfo=UTC)
    imports(rehearsed, [row(0, until, warn_days=1)])
    rehearsed.until(until - DAY - timedelta(minutes=1))
    rehearsed.fault("throttle", on=["text"], ends=(until - DAY + timedelta(minutes=1)).isoformat())
    rehearsed.until(until - DAY + timedelta(minutes=30))
    assert heard(rehearsed, 0) == []
    rehearsed.until(until - DAY + timedelta(minutes=90))
    assert len(heard(rehearsed, 0)) == 1
    assert [r.detail["how"] for r in rehearsed.audit("warning")] == ["not said", "said"]


# -- as many as a large community has ------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.promise("P-subscription", "S7")
def test_of_ten_thousand_members_the_two_hundred_whose_time_is_over_go_by_drip(
    day: Make, make_roster: Make
) -> None:
    names = [f"room{n}" for n in range(100)]
    roster = make_roster({}, groups=" ".join(names), others="ana")
    each = 100

    def full(world: Any) -> None:  # noqa: ANN401 - the sandbox's plain data
        with_members(len(names) * each)(world)
        for place, group in enumerate(world["groups"]):
            group["members"] += [phone(n) for n in range(place * each, (place + 1) * each)]

    rules = AccountRules(drip=40, requests=240)
    rehearsed = day(roster, change=full, rules=rules, inside="", starts="08:00")
    soon, later = rehearsed.at("08:04"), rehearsed.at("08:00") + DAY
    rows = [
        row(n, soon if n % 50 == 0 else later, group=GroupId(names[n // each]))
        for n in range(len(names) * each)
    ]
    assert len(imports(rehearsed, rows).new) == 10_000
    assert not imports(rehearsed, rows, judge=False).changes
    rehearsed.until("08:03:59")
    assert rehearsed.attempts(Kind.REMOVE) == []
    rehearsed.until("08:11")
    groups = rehearsed.ask("GET", "state")["groups"].values()
    left = {member for group in groups for member in group["members"]}
    assert [n for n in range(len(rows)) if phone(n) not in left] == list(range(0, len(rows), 50))
    assert len(rehearsed.audit("removed")) == 200
    assert rehearsed.wrongs == {}


def test_who_leaves_for_another_reason_at_the_same_time_is_said_goodbye_to_in_its_own_words(
    day: Make,
) -> None:
    rehearsed = day(change=with_members(1), goodbye=SPOKEN).until("11:50")
    with rehearsed.by_hand() as books:
        by, until = ("mara", "billing"), rehearsed.at("12:00")
        tickets.let_in(books, DESK, PersonId("chen"), until, "", by, rehearsed.now)
    imports(rehearsed, [row(0, rehearsed.at("12:00"))])
    rehearsed.until("12:03")
    assert members(rehearsed) == set()
    assert rehearsed.said()[-2:] == ["Chen sign off.", "Member 0: thank you."]
