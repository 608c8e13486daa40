"""The verbs of the daily work: seats, groups, attempts, reads, notices and handovers."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from rotation.core.facts import (
    AccountState,
    Attempt,
    GroupState,
    HandoverRow,
    Kind,
    Moment,
    Seat,
    Seen,
)
from rotation.core.outcome import Accepted, InDoubt
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import AlreadyEnded, AlreadySaid, Books

MAIN, SPARE = AccountId("main"), AccountId("spare")
DESK, LAB, BAR = GroupId("desk"), GroupId("lab"), GroupId("bar")
ANA, BEN = PersonId("ana"), PersonId("ben")
MINUTE = timedelta(minutes=1)
Begin = Callable[..., Attempt]


# -- seats ---------------------------------------------------------------------------------------


def test_seats_are_found_by_group_and_by_person(books: Books) -> None:
    desk, lab, bens = Seat(DESK, ANA), Seat(LAB, ANA, Seen.IN), Seat(DESK, BEN)
    books.seats.save(desk, lab, bens)
    assert books.seats.of(DESK) == {ANA: desk, BEN: bens}
    assert books.seats.of_person(ANA) == {DESK: desk, LAB: lab}
    assert books.seats.all() == [desk, bens, lab]


def test_a_dropped_seat_is_gone_and_the_others_stay(books: Books) -> None:
    books.seats.save(Seat(DESK, ANA), Seat(DESK, BEN))
    books.seats.drop(DESK, ANA)
    assert set(books.seats.of(DESK)) == {BEN}


def test_saving_nothing_is_no_trouble(books: Books) -> None:
    books.seats.save()
    books.groups.save()
    books.handovers.record()
    assert books.seats.all() == []


# -- groups and accounts -------------------------------------------------------------------------


def test_the_most_urgent_of_the_groups_due_comes_first(books: Books, now: datetime) -> None:
    books.groups.save(
        GroupState(DESK, MAIN, now - MINUTE, rank=2),
        GroupState(LAB, MAIN, now, rank=0),
        GroupState(BAR, MAIN, now - MINUTE, rank=0),
        GroupState(GroupId("late"), MAIN, now + MINUTE, rank=0),
        GroupState(GroupId("other"), SPARE, now - 9 * MINUTE, rank=0),
    )
    due = books.groups.next_due(MAIN, now)
    assert due is not None
    assert due.group == BAR


def test_with_no_group_due_the_soonest_is_named(books: Books, now: datetime) -> None:
    assert books.groups.next_due(MAIN, now) is None
    books.groups.save(
        GroupState(DESK, MAIN, now + 2 * MINUTE, rank=0), GroupState(LAB, MAIN, now + MINUTE)
    )
    due = books.groups.next_due(MAIN, now)
    assert due is not None
    assert due.group == LAB


def test_waking_makes_groups_due_and_never_later(books: Books, now: datetime) -> None:
    early, late, later = (
        GroupState(DESK, MAIN, now - MINUTE),
        GroupState(LAB, MAIN, now + MINUTE),
        GroupState(BAR, MAIN, now + MINUTE),
    )
    books.groups.save(early, late, later)
    assert books.groups.wake(now, [DESK, LAB]) == 1
    assert books.groups.all() == [later, early, replace(late, due=now)]
    assert books.groups.wake(now) == 1
    assert books.groups.wake(now, []) == 0


def test_an_account_nobody_wrote_of_has_the_defaults(books: Books) -> None:
    assert books.accounts.state(MAIN) == AccountState(MAIN)
    assert books.accounts.all() == []


def test_two_accounts_can_go_by_one_id(books: Books) -> None:
    states = [AccountState(a, own=frozenset({"351911111111"})) for a in (MAIN, SPARE)]
    for state in states:
        books.accounts.save(state)
    assert books.accounts.all() == states


def test_our_own_number_is_nobodys_number(books: Books) -> None:
    books.accounts.save(AccountState(MAIN, own=frozenset({"111@lid"})))
    assert books.people.find(None, "111@lid") is None


# -- attempts ------------------------------------------------------------------------------------


def test_an_attempt_is_open_until_it_ends(books: Books, begin: Begin, now: datetime) -> None:
    first, second = begin(books), begin(books, Kind.ADD)
    begin(books, account="spare")
    assert books.attempts.open(MAIN) == [first, second]
    books.attempts.end(first.id, Accepted(), now)
    assert books.attempts.open(MAIN) == [second]


def test_an_attempt_ends_once(books: Books, begin: Begin, now: datetime) -> None:
    attempt = begin(books)
    books.attempts.end(attempt.id, InDoubt("timeout"), now)
    with pytest.raises(AlreadyEnded, match=f"attempt {attempt.id} has ended before"):
        books.attempts.end(attempt.id, Accepted(), now)
    ended = books.attempts.get(attempt.id)
    assert ended is not None
    assert ended.outcome == InDoubt("timeout")


def test_an_attempt_that_never_began_cannot_end(books: Books, now: datetime) -> None:
    assert books.attempts.get(7) is None
    with pytest.raises(LookupError, match="attempt 7 never began"):
        books.attempts.end(7, Accepted(), now)


def test_recent_attempts_are_the_last_of_their_kinds(books: Books, begin: Begin) -> None:
    kinds = [Kind.ADD, Kind.REMOVE, Kind.TELL, Kind.ADD, Kind.REMOVE]
    add, remove, tell, add_2, remove_2 = (begin(books, kind) for kind in kinds)
    begin(books, account="spare")
    assert books.attempts.recent(MAIN, [Kind.ADD, Kind.REMOVE], 3) == [remove_2, add_2, remove]
    assert books.attempts.recent(MAIN, [Kind.ADD], 9) == [add_2, add]
    assert books.attempts.recent(MAIN, list(Kind), 9) == [remove_2, add_2, tell, remove, add]
    assert books.attempts.recent(MAIN, [], 9) == []


def test_calls_are_counted_by_when_they_were_made(
    books: Books, begin: Begin, now: datetime
) -> None:
    made = [begin(books, kind) for kind in (Kind.ADD, Kind.TELL, Kind.REMOVE, Kind.ADD)]
    begin(books, account="spare")
    books.attempts.end(made[3].id, Accepted(), now + MINUTE, 59.5)
    ends = [(False, None)] * 3 + [(True, 59.5)]
    told = [(a.boot, a.uptime, *end) for a, end in zip(made, ends, strict=True)]
    assert books.attempts.calls(MAIN, list(Kind), 3) == told[:0:-1]
    assert books.attempts.calls(MAIN, [Kind.ADD], 9) == [told[3], told[0]]


def test_attempts_are_found_by_when_they_were_sent(
    books: Books, begin: Begin, now: datetime
) -> None:
    sent = [begin(books, sent_at=now + n * MINUTE) for n in range(4)]
    assert books.attempts.since(MAIN, now + 2 * MINUTE) == [sent[3], sent[2]]
    assert books.attempts.of(since=now + MINUTE, until=now + 3 * MINUTE) == [sent[2], sent[1]]
    assert books.attempts.of(limit=1) == [sent[3]]


def test_attempts_are_found_by_whom_they_were_about(books: Books, begin: Begin) -> None:
    about = [begin(books), begin(books, person="ben"), begin(books, group="lab"), begin(books)]
    begin(books, Kind.TELL, group=None, person=None)
    assert books.attempts.of(DESK, ANA) == [about[3], about[0]]
    assert books.attempts.of(person=BEN) == [about[1]]
    assert books.attempts.of(LAB) == [about[2]]


# -- reads ---------------------------------------------------------------------------------------


def test_reads_are_counted_newest_first_until_pruned(books: Books, now: datetime) -> None:
    for n in range(3):
        began_at = now + n * MINUTE
        books.reads.note(MAIN, DESK, began_at, began_at, "read", "boot-1", float(n))
    books.reads.note(SPARE, None, now, now, "read", "boot-1", 9.0)
    assert books.reads.recent(MAIN, 2) == [
        ("boot-1", 2.0, now + 2 * MINUTE),
        ("boot-1", 1.0, now + MINUTE),
    ]
    assert books.reads.prune(now + MINUTE) == 2
    assert len(books.reads.recent(MAIN, 9)) == 2


def test_a_read_that_is_open_counts_as_made_as_late_as_it_may_be(
    books: Books, now: datetime
) -> None:
    began = Moment(now, "boot-1", 100.0)
    first = books.reads.begin(MAIN, DESK, began, timedelta(seconds=20))
    second = books.reads.begin(MAIN, None, began, timedelta(seconds=20))
    books.reads.end(first, now + timedelta(seconds=3), 103.0, "listed")
    assert books.reads.recent(MAIN, 2) == [
        ("boot-1", 120.0, now + timedelta(seconds=20)),
        ("boot-1", 103.0, now + timedelta(seconds=3)),
    ]
    assert second > first


# -- notices -------------------------------------------------------------------------------------


def test_what_was_claimed_is_never_claimed_again(books: Books, begin: Begin, now: datetime) -> None:
    attempt = begin(books, Kind.NOTICE)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1"}, attempt.id, now)
    with pytest.raises(AlreadySaid) as said:
        books.notices.claim(DESK, Kind.NOTICE, {BEN: "day/1", ANA: "day/1"}, attempt.id, now)
    assert said.value.persons == (ANA,)
    assert set(books.notices.concluded(DESK)) == {(Kind.NOTICE, ANA, "day/1")}


def test_another_occurrence_kind_or_group_is_another_notice(
    books: Books, begin: Begin, now: datetime
) -> None:
    attempt = begin(books, Kind.NOTICE)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1"}, attempt.id, now)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/2"}, attempt.id, now)
    books.notices.claim(DESK, Kind.INVITE, {ANA: "day/1"}, attempt.id, now)
    books.notices.claim(LAB, Kind.NOTICE, {ANA: "day/1"}, attempt.id, now)
    assert len(books.notices.concluded(DESK)) == 3


def test_a_notice_is_concluded_once_with_its_attempt(
    books: Books, begin: Begin, now: datetime
) -> None:
    one, two = begin(books, Kind.NOTICE), begin(books, Kind.NOTICE)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1", BEN: "day/1"}, one.id, now)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/2"}, two.id, now)
    books.notices.conclude(one.id, now + MINUTE, "accepted")
    books.notices.conclude(one.id, now + 2 * MINUTE, "in_doubt")
    assert books.notices.concluded(DESK) == {
        (Kind.NOTICE, ANA, "day/1"): now + MINUTE,
        (Kind.NOTICE, BEN, "day/1"): now + MINUTE,
        (Kind.NOTICE, ANA, "day/2"): now,
    }


def test_old_notices_can_be_forgotten(books: Books, begin: Begin, now: datetime) -> None:
    attempt = begin(books, Kind.NOTICE)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1"}, attempt.id, now)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/2"}, attempt.id, now + MINUTE)
    assert books.notices.forget(now + MINUTE) == 1
    assert set(books.notices.concluded(DESK)) == {(Kind.NOTICE, ANA, "day/2")}


# -- handovers -----------------------------------------------------------------------------------


def handover(at: datetime, group: GroupId = DESK, *, missed: bool = False) -> HandoverRow:
    return HandoverRow(group, at, (ANA,), (BEN,), "3f9c", "2026b", at, missed=missed)


def test_a_boundary_is_recorded_once(books: Books, now: datetime) -> None:
    first = handover(now)
    books.handovers.record(first)
    books.handovers.record(replace(first, incoming=(BEN,)), handover(now + MINUTE))
    assert books.handovers.of() == [handover(now + MINUTE), first]


def test_a_handover_is_proven_once_and_the_newest_of_a_group_is_told(
    books: Books, now: datetime
) -> None:
    books.handovers.record(
        handover(now),
        handover(now + 2 * MINUTE, missed=True),
        handover(now + MINUTE),
        handover(now + 3 * MINUTE, LAB),
    )
    assert books.handovers.newest(DESK) == handover(now + 2 * MINUTE, missed=True)
    assert books.handovers.newest(BAR) is None
    books.handovers.prove(DESK, now + MINUTE, now + 2 * MINUTE)
    books.handovers.prove(DESK, now + MINUTE, now + 9 * MINUTE)
    proven = replace(handover(now + MINUTE), proven_at=now + 2 * MINUTE)
    assert proven in books.handovers.of(DESK)
    assert handover(now) in books.handovers.of(DESK)


def test_handovers_are_listed_within_a_time(books: Books, now: datetime) -> None:
    rows = [handover(now + n * MINUTE) for n in range(4)]
    books.handovers.record(*rows)
    found = books.handovers.of(DESK, since=now + MINUTE, until=now + 3 * MINUTE)
    assert found == [rows[2], rows[1]]
    assert books.handovers.of(limit=1) == [rows[3]]
