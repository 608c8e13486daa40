"""Single oracles, shown single changes of a world by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Because, HeldItem, Kind, Seat
from rotation.core.holds import MEANING, Hold
from rotation.core.outcome import Accepted
from rotation.core.reason import Reason
from rotation.core.roster import (
    AccountId,
    Brief,
    BriefTo,
    GroupId,
    Hours,
    Mode,
    NoticeTo,
    PersonId,
    Quiet,
    Roster,
)
from rotation.ledger import in_memory
from rotation.sandbox.chat import Change, Move
from rotation.sandbox.diary import Entry
from rotation.sandbox.wire import Kind as Call
from rotation.wiring.oracles import Oracles

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a roster."""

DAY = datetime(2026, 3, 2, tzinfo=UTC)
CHAT = "120363041234560000@g.us"
DESK = GroupId("g0")
CREATOR = "+15550100001"


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


class Seen:
    """Oracles over a group with Ana (00:00 to 02:00) inside, Ben being due at 02:00."""

    def __init__(self, roster: Roster) -> None:
        self.phones = {str(p): str(who.phone) for p, who in roster.people.items()}
        self.ledger = in_memory()
        inside = (CREATOR, self.phones["ana"])
        self.oracles = Oracles(
            AccountId("main"), roster, self.ledger, {CHAT: (CREATOR, inside)},
            (DAY, at(48)), own=("+15550100999",), drip=8, requests=60, daily=10,
        )  # fmt: skip

    def change(
        self, who: str, move: Move, hour: float, by: str | None = "us", **more: bool
    ) -> None:
        self.oracles.changes(Change(at(hour), CHAT, self.phones[who], move, by, **more))

    def tried(self, kind: Kind, who: str, because: Because, hour: float) -> int:
        """An attempt that was accepted after twenty seconds."""
        sent = at(hour)
        with self.ledger.writing() as books:
            attempt = books.attempts.begin(
                account=AccountId("main"), kind=kind, group=DESK, person=PersonId(who),
                because=because, roster="1", zone_data="1", boot="b", uptime=sent.timestamp(),
                sent_at=sent,
            )  # fmt: skip
            books.attempts.end(attempt.id, Accepted(), sent + timedelta(seconds=20), 20.0)
        return attempt.id

    def arrives(self, kind: Call, who: str, hour: float) -> list[str]:
        """What is wrong with a call that arrives, but that no row is open for it."""
        before = len(self.rules)
        self.oracles.arrives(kind, CHAT, (self.phones[who],), at(hour))
        return [rule for rule in self.rules[before:] if rule != "S10"]

    @property
    def rules(self) -> list[str]:
        return [found.rule for found in self.oracles.found]


@pytest.fixture
def seen(desks: Make) -> Seen:
    return Seen(desks(groups=1))


@pytest.mark.promise("I7")
def test_adding_somebody_twice_within_their_rights_is_back_and_forth(seen: Seen) -> None:
    seen.change("ben", Move.JOIN, 1.9)
    seen.change("ben", Move.LEAVE, 1.95)
    assert seen.rules == []
    seen.change("ben", Move.JOIN, 1.99)
    assert seen.rules == ["I7"]


@pytest.mark.promise("I7")
def test_adding_somebody_again_whom_an_outsider_took_out_is_not(seen: Seen) -> None:
    seen.change("ben", Move.JOIN, 1.9)
    seen.change("ben", Move.LEAVE, 1.95, by=None)
    seen.change("ben", Move.JOIN, 1.99)
    assert seen.rules == []


@pytest.mark.promise("I7")
def test_repairing_a_late_effect_is_not_back_and_forth(seen: Seen) -> None:
    seen.change("ben", Move.JOIN, 1.9)
    seen.change("ben", Move.LEAVE, 1.95, late=True)
    seen.change("ben", Move.JOIN, 1.99)
    assert seen.rules == []


@pytest.mark.promise("S3")
def test_taking_the_last_one_on_duty_out_is_seen_by_its_effect(seen: Seen) -> None:
    seen.change("ana", Move.LEAVE, 1)
    assert seen.rules == ["S3"]


@pytest.mark.promise("S3")
def test_a_late_effect_or_an_outsider_that_does_so_is_not_our_call(seen: Seen) -> None:
    seen.change("ana", Move.LEAVE, 1, late=True)
    seen.change("ana", Move.JOIN, 1.1, by=None)
    seen.change("ana", Move.LEAVE, 1.2, by=None)
    assert seen.rules == []


@pytest.mark.promise("S10")
def test_a_call_without_a_row_is_seen_as_it_arrives(seen: Seen) -> None:
    seen.oracles.arrives(Call.ADD, CHAT, (seen.phones["ben"],), at(1.9))
    assert seen.rules == ["S10"]


@pytest.mark.promise("S6")
def test_somebody_added_before_they_are_entitled_is_seen(seen: Seen) -> None:
    seen.oracles.arrives(Call.ADD, CHAT, (seen.phones["ben"],), at(1.8))
    assert seen.rules == ["S10", "S6"]


@pytest.mark.promise("S13", "E-20")
@pytest.mark.parametrize(("opened", "is_wrong"), [(0.01, True), (0.05, False)])
def test_a_deleted_person_who_was_not_announced_is_seen_for_a_minute(
    seen: Seen, opened: float, *, is_wrong: bool
) -> None:
    when, ana = at(5), PersonId("ana")
    why = Because(Reason.ROSTER_REMOVED, "removed/ana/1", "roster")
    since = when - timedelta(hours=opened)
    seat = Seat(GroupId("g0"), ana, op=Kind.REMOVE, op_since=since, key=why.key)
    with seen.ledger.writing() as books:
        books.seats.save(seat)
        books.attempts.begin(
            account=AccountId("main"), kind=Kind.REMOVE, group=GroupId("g0"), person=ana,
            because=why, roster="1", zone_data="1", boot="b", uptime=when.timestamp(),
            sent_at=when,
        )  # fmt: skip
    seen.oracles.arrives(Call.REMOVE, CHAT, (seen.phones["ana"],), when)
    assert ("S13" in seen.rules) == is_wrong


NIGHT = Quiet(Hours(22 * 60, 7 * 60, 1), "UTC")


@pytest.mark.promise("S13")
@pytest.mark.parametrize(
    ("kind", "reason", "hour", "ended", "is_wrong"),
    [
        (Kind.REMOVE, Reason.SHIFT_END, 23, 23, False),
        (Kind.REMOVE, Reason.SHIFT_END, 21, 21, True),
        (Kind.REMOVE, Reason.STRANGER, 23, 23, True),
        (Kind.REMOVE, Reason.STRANGER, 23, 31, True),
        (Kind.REMOVE, Reason.STRANGER, 31, 31, True),
        (Kind.NOTICE, Reason.SHIFT_END, 23, 23, True),
        (Kind.NOTICE, Reason.SHIFT_END, 7, 7, False),
    ],
)
def test_words_in_quiet_hours_are_seen_and_who_did_not_wait_for_their_end(
    desks: Make, kind: Kind, reason: Reason, hour: float, ended: float, *, is_wrong: bool
) -> None:
    seen = Seen(with_quiet_hours(desks(groups=1)))
    why = Because(reason, "k", "roster", ends=at(ended))
    ana = PersonId("ana")
    with seen.ledger.writing() as books:
        books.seats.save(Seat(GroupId("g0"), ana, op=Kind.REMOVE, op_since=at(hour), key="k"))
        books.attempts.begin(
            account=AccountId("main"), kind=kind, group=GroupId("g0"), person=ana, because=why,
            roster="1", zone_data="1", boot="b", uptime=0.0, sent_at=at(hour),
        )  # fmt: skip
    call = Call.REMOVE if kind is Kind.REMOVE else Call.TEXT
    seen.oracles.arrives(call, CHAT, (seen.phones["ana"],), at(hour))
    assert ("S13" in seen.rules) == is_wrong


def told(seen: Seen, kind: Kind, key: str, hour: float, **why: datetime) -> None:
    """Something is said in the group because of ana."""
    reason = Reason.SHIFT if kind is Kind.BRIEF else Reason.SHIFT_END
    because = Because(reason, key, "roster", **why)
    with seen.ledger.writing() as books:
        for attempt in books.attempts.open(AccountId("main")):
            books.attempts.end(attempt.id, Accepted(), at(hour), 0.3)
        books.attempts.begin(
            account=AccountId("main"), kind=kind, group=GroupId("g0"), person=PersonId("ana"),
            because=because, roster="1", zone_data="1", boot="b", uptime=hour * 3600,
            sent_at=at(hour),
        )  # fmt: skip
    seen.oracles.arrives(Call.TEXT, CHAT, (), at(hour))


@pytest.mark.promise("S13")
def test_a_brief_said_twice_late_at_night_or_unasked_for_is_seen(desks: Make) -> None:
    for brief, at_hours, is_wrong in (
        (Brief({"": "x"}, BriefTo.GROUP), [2.01], False),
        (Brief({"": "x"}, BriefTo.GROUP), [2.01, 2.02], True),
        (Brief({"": "x"}), [2.01, 2.02], True),
        (Brief({"": "x"}), [2.3], True),
        (None, [2.01], True),
    ):
        seen = Seen(with_brief(desks(groups=1), brief))
        for hour in at_hours:
            told(seen, Kind.BRIEF, "brief/1", hour, starts=at(2))
        assert ("S13" in seen.rules) == is_wrong, (brief, at_hours)
    quiet = Seen(with_quiet_hours(with_brief(desks(groups=1), Brief({"": "x"}))))
    told(quiet, Kind.BRIEF, "brief/1", 23, starts=at(23))
    watched = Seen(with_brief(desks(groups=1, mode=Mode.WATCH), Brief({"": "x"})))
    told(watched, Kind.BRIEF, "brief/1", 2.01, starts=at(2))
    assert "S13" in quiet.rules
    assert "S13" in watched.rules


@pytest.mark.promise("S13")
@pytest.mark.parametrize(
    ("brief_to", "goodbye_to", "is_wrong"),
    [
        (BriefTo.GROUP, NoticeTo.GROUP, True),
        (BriefTo.PERSON, NoticeTo.GROUP, False),
        (BriefTo.GROUP, NoticeTo.PERSON, False),
    ],
)
def test_two_messages_to_a_group_for_one_handover_are_seen(
    desks: Make, brief_to: BriefTo, goodbye_to: NoticeTo, *, is_wrong: bool
) -> None:
    roster = with_brief(desks(groups=1), Brief({"": "x"}, brief_to), goodbye_to)
    seen = Seen(roster)
    (group,) = roster.groups.values()
    told(seen, Kind.BRIEF, "brief/1", 2.01, starts=at(2))
    told(seen, Kind.NOTICE, "s00/1", 2.02, ends=at(2) + group.policy.stay_late)
    assert ("S13" in seen.rules) == is_wrong


def with_brief(
    roster: Roster, brief: Brief | None, goodbye_to: NoticeTo = NoticeTo.PERSON
) -> Roster:
    (group,) = roster.groups.values()
    assert group.policy.goodbye is not None
    words = replace(group.policy.goodbye, to=goodbye_to)
    policy = replace(group.policy, brief=brief, goodbye=words)
    return replace(roster, groups={group.id: replace(group, policy=policy)})


def with_quiet_hours(roster: Roster) -> Roster:
    (group,) = roster.groups.values()
    assert group.policy.goodbye is not None
    words = replace(group.policy.goodbye, quiet=NIGHT)
    policy = replace(group.policy, goodbye=words)
    return replace(roster, groups={group.id: replace(group, policy=policy)})


@pytest.mark.promise("S7")
def test_the_ninth_addition_in_a_minute_is_one_too_many(seen: Seen) -> None:
    for second in range(8):
        when = at(1.9) + timedelta(seconds=second)
        seen.oracles.arrives(Call.ADD, CHAT, (seen.phones["ben"],), when)
    assert "S7" not in seen.rules
    seen.oracles.arrives(Call.ADD, CHAT, (seen.phones["ben"],), at(1.9) + timedelta(seconds=59))
    assert seen.rules.count("S7") == 1
    seen.oracles.arrives(Call.ADD, CHAT, (seen.phones["ben"],), at(1.9) + timedelta(seconds=67))
    assert seen.rules.count("S7") == 1


@pytest.mark.promise("S9")
def test_attempts_that_overlap_are_seen_in_the_rows(seen: Seen) -> None:
    because = Because(Reason.SHIFT, "s02/2026-03-02/0", "roster 1")
    seen.tried(Kind.ADD, "ben", because, 1.9)
    seen.tried(Kind.ADD, "ben", because, 1.901)
    seen.oracles.look_around(at(1.95))
    assert "S9" in seen.rules


@pytest.mark.promise("C4", "F28", "F35")
@pytest.mark.parametrize("hold", [Hold.RIVAL, Hold.SPENT])
def test_a_hold_that_excuses_a_whole_account_has_to_have_its_cause(seen: Seen, hold: Hold) -> None:
    main = AccountId("main")
    with seen.ledger.writing() as books:
        books.holds.settle(main, None, (HeldItem(hold, main),), at(1))
    seen.oracles.look_around(at(1.02))
    assert seen.rules == ["C4"]


@pytest.mark.promise("P-moved", "S3", "S6", "S13")
def test_nobody_is_wanted_in_a_closed_group_and_nobody_leaves_it_before_its_message(
    seen: Seen,
) -> None:
    seen.phones |= {"customer": "+15550100002", "creator": CREATOR}
    seen.change("customer", Move.JOIN, 0.5, by=None)
    seen.oracles.closes(DESK, at(1), at(1), everyone=False)
    assert seen.arrives(Call.REMOVE, "ana", 1.01) == ["S13"]
    over = Because(Reason.CLOSED, "closed", "mara by hand", None, at(1))
    seen.tried(Kind.TELL, "mara", over, 1.02)
    listed(seen, "ana", hour=1.04)
    assert seen.arrives(Call.REMOVE, "ana", 1.041) == []
    seen.change("ana", Move.LEAVE, 1.042)
    assert "S3" not in seen.rules, "cover yields"
    assert seen.arrives(Call.ADD, "ben", 1.9) == ["S6"]
    assert "S1" in seen.arrives(Call.REMOVE, "customer", 1.91)
    assert "S2" in seen.arrives(Call.REMOVE, "creator", 1.92)
    seen.oracles.reopens(DESK, at(1.95))
    assert seen.arrives(Call.ADD, "ben", 1.96) == []


@pytest.mark.promise("P-moved", "C4")
def test_a_closed_group_that_is_left_alone_is_seen(seen: Seen) -> None:
    seen.oracles.closes(DESK, at(1), at(1), everyone=False)
    listed(seen, "ana", hour=1.01)
    seen.oracles.look_around(at(1.2))
    assert seen.rules == []
    seen.oracles.look_around(at(1.5))
    assert seen.rules == ["C4", "C4"], "neither is its message said, nor anybody taken out"


def listed(seen: Seen, *people: str, hour: float) -> None:
    """A list is read that shows them, and us."""
    entry = Entry(at(hour), Call.GROUP.value, "main", CHAT, (), acted=True, answer="200", fault="")
    shown = frozenset({"+15550100999", *(seen.phones[who] for who in people)})
    seen.oracles.answered(entry, shown, at(hour) + timedelta(seconds=1))


@pytest.mark.promise("A4")
@pytest.mark.parametrize("dead", [True, False])
def test_a_list_that_lied_is_remembered_while_a_daemon_lives(seen: Seen, *, dead: bool) -> None:
    because = Because(Reason.SHIFT, "s02/2026-03-02/0", "roster 1")
    number = seen.tried(Kind.ADD, "ben", because, 1.9)
    listed(seen, "ana", "ben", hour=2)  # and ben is not
    if dead:
        seen.oracles.died(at(2.1))
        seen.oracles.woke(at(4.5))
    with seen.ledger.writing() as books:
        books.audit.append(
            at=at(4.6), kind="late_add", group=DESK, person=PersonId("ben"), reason=Reason.SHIFT,
            origin="roster 1", detail={}, attempts=(number,),
        )  # fmt: skip
    seen.oracles.look_around(at(4.6))
    assert ("A4" in seen.rules) != dead


NO_PING_SINCE = "Since 00:30 no ping has come from rotation."


def whys(seen: Seen) -> list[str]:
    """Why nobody had to hear what was told half an hour after midnight, seen an hour later."""
    seen.oracles.hears(NO_PING_SINCE, at(0.5))
    seen.oracles.woke(at(0.55))
    seen.oracles.look_around(at(1.5))
    return [needless.why.value for needless in seen.oracles.heard.needless]


@pytest.mark.promise("P-told")
def test_who_is_told_of_a_daemon_that_is_gone_is_told_what_mattered(seen: Seen) -> None:
    seen.oracles.died(at(0.4))
    assert whys(seen) == []


@pytest.mark.promise("P-told")
def test_who_is_told_of_a_daemon_that_was_slow_is_woken_for_nothing(seen: Seen) -> None:
    seen.oracles.worked(at(0.4), at(0.55))
    assert whys(seen) == ["passing"]


@pytest.mark.promise("P-told")
def test_who_is_told_of_a_daemon_that_is_back_already_is_woken_for_nothing(seen: Seen) -> None:
    seen.oracles.died(at(0.4))
    seen.oracles.woke(at(0.49))
    assert whys(seen) == ["over"]


@pytest.mark.promise("C4")
def test_a_stay_past_the_end_begins_with_that_end_and_not_with_one_before(seen: Seen) -> None:
    overdue = "Group g0: Ana should have left 4 min ago; tries so far: 1, more follow."
    listed(seen, "ana", hour=2.09)
    seen.oracles.look_around(at(2.1))
    seen.change("ana", Move.LEAVE, 2.12)
    seen.change("ana", Move.JOIN, 11.9)
    listed(seen, "ana", hour=12.5)
    seen.oracles.hears(overdue, at(14.15))
    seen.oracles.look_around(at(24.5))  # she is on duty again, and so is over what lasted
    assert [v.text for v in seen.oracles.found if "nobody heard" in v.text] == []


@pytest.mark.promise("P-told")
def test_so_many_more_are_those_that_last_longest_and_none_that_just_began(seen: Seen) -> None:
    wrong = f"{MEANING[Hold.UNLISTED].cause} (no list came)"
    begins = dict.fromkeys(("g1", "g2", "g3", "g4", "g5", "g6"), at(0)) | {
        "g8": at(0.95), "g7": at(1.019),
    }  # fmt: skip
    with seen.ledger.writing() as books:
        for name, since in begins.items():
            item = HeldItem(Hold.UNLISTED, AccountId("main"), GroupId(name), detail="no list came")
            books.holds.settle(item.account, item.group, (item,), since)
    many = f"Groups g1, g2, g3, g4, g5 and 1 more: {wrong}"
    for when, text in ((0.07, many), (1.0, f"Still, for 1 h 0 min: {many}")):
        seen.oracles.hears(text, at(when))
    seen.oracles.hears(f"Still, for 1 h 1 min: {many}\nGroup g8: {wrong}", at(1.02))
    seen.oracles.look_around(at(1.2))
    assert [v.text for v in seen.oracles.found if "told" in v.text] == []
