"""What ended long ago goes and nothing else does, and what is left of the audit is still proven."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from rotation.core.facts import (
    Attempt,
    Effect,
    HandoverRow,
    HeldItem,
    Kind,
    Seat,
    Seen,
    Subscription,
)
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted
from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.ledger import Anchor, Books, BrokenChain, Ledger, LetGo, Unreadable

DESK, LAB, ANA, BEN = GroupId("desk"), GroupId("lab"), PersonId("ana"), PersonId("ben")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
RECORDS = 9
MISSING, FOREIGN = "a record is missing", "it does not follow the record before it"
UNSAID = "what was let go before it is not what the chain says"

Begin = Callable[..., Attempt]


def append(books: Books, at: datetime, n: int = 0) -> int:
    return books.audit.append(
        at=at, kind="removed", group=DESK, person=ANA, reason=None, origin=f"roster {n}",
        detail={"took": n}, attempts=(n,),
    )  # fmt: skip


def let_go(books: Books, before: datetime, at_most: int = 1000) -> LetGo:
    return books.retention.let_go(before, before + DAY, at_most, "keep 1 days")


def verdict(ledger: Ledger, anchor: Anchor | None = None) -> BrokenChain | None:
    with ledger.reading() as books:
        found = books.audit.verify(anchor)
    assert anchor is not None or ledger.verified() == found
    return found


@pytest.fixture
def written(open_ledger: Callable[[], Ledger], now: datetime) -> Ledger:
    """Nine records, a minute from one to the next."""
    ledger = open_ledger()
    with ledger.writing() as books:
        for n in range(RECORDS):
            append(books, now + n * MINUTE, n)
    return ledger


@pytest.fixture
def cut(written: Ledger, now: datetime) -> Ledger:
    """Of which the oldest four were let go."""
    with written.writing() as books:
        assert let_go(books, now + 4 * MINUTE) == LetGo({"audit": 4}, more=False)
    return written


@pytest.mark.promise("A5")
def test_wherever_the_oldest_end_the_rest_is_still_proven(books: Books, now: datetime) -> None:
    for n in range(RECORDS):
        append(books, now + n * MINUTE, n)
    head = books.audit.head()
    for n in range(RECORDS):
        cut = books.audit.cut()
        assert (0 if cut is None else cut.seq) == n
        assert books.audit.verify(head) is None
        assert let_go(books, now + DAY, at_most=1).rows["audit"] == 1
    assert books.audit.verify(head) is None
    oldest = books.audit.list()[-1]
    assert (oldest.seq, oldest.kind) == (RECORDS + 1, "let_go")
    assert append(books, now) == 2 * RECORDS + 1
    assert books.audit.verify() is None


@pytest.mark.promise("A5", "F38")
def test_any_change_of_a_record_that_was_kept_is_found(cut: Ledger, unguarded: Connection) -> None:
    for seq in range(5, RECORDS + 2):
        for column in ("kind", "group", "origin", "detail", "attempts", "previous", "digest"):
            at = {"seq": seq}
            asked = text(f'SELECT "{column}" FROM audit WHERE seq = :seq')  # noqa: S608 - a name of ours
            told = text(f'UPDATE audit SET "{column}" = :value WHERE seq = :seq')  # noqa: S608 - a name of ours
            before = unguarded.execute(asked, at).scalar_one()
            unguarded.execute(told, {**at, "value": "another"})
            broken = verdict(cut)
            assert broken is not None
            assert broken.seq == seq
            unguarded.execute(told, {**at, "value": before})
    assert verdict(cut) is None


ANOTHER_DIGEST = """
    UPDATE meta SET value = replace(value, substr(value, 3, 64),
    (SELECT digest FROM audit WHERE seq = 9)) WHERE key = 'audit_let_go'
"""
TWO_MORE = """
    UPDATE meta SET value = '6 ' || (SELECT digest FROM audit WHERE seq = 6)
    || ' 2026-01-05T08:05:00.000000Z' WHERE key = 'audit_let_go';
    DELETE FROM audit WHERE seq <= 6
"""
TAMPERED = {
    "the first that was kept": ("DELETE FROM audit WHERE seq = 5", 5, MISSING),
    "one within": ("DELETE FROM audit WHERE seq = 7", 7, MISSING),
    "the record of it": ("DELETE FROM audit WHERE seq = 10", 5, UNSAID),
    "where it begins": ("DELETE FROM meta WHERE key = 'audit_let_go'", 1, MISSING),
    "nonsense in its place": ("UPDATE meta SET value = 'x' WHERE key = 'audit_let_go'", 1, MISSING),
    "another digest": (ANOTHER_DIGEST, 5, FOREIGN),
    "another instant": (
        "UPDATE meta SET value = replace(value, '2026', '2025') WHERE key = 'audit_let_go'",
        5,
        UNSAID,
    ),
    "more than is said": (TWO_MORE, 7, UNSAID),
}


@pytest.mark.promise("A5", "F38")
@pytest.mark.parametrize("what", TAMPERED)
def test_a_chain_that_was_cut_anywhere_else_is_found_broken(
    cut: Ledger, unguarded: Connection, what: str
) -> None:
    statements, seq, why = TAMPERED[what]
    for statement in statements.split(";"):
        unguarded.exec_driver_sql(statement)
    assert verdict(cut) == BrokenChain(seq, why)


@pytest.mark.promise("A5")
def test_a_digest_kept_elsewhere_is_compared_as_long_as_its_record_is_known(
    written: Ledger, now: datetime
) -> None:
    with written.writing() as books:
        of = {record.seq: Anchor(record.seq, record.digest) for record in books.audit.list()}
        let_go(books, now + 4 * MINUTE)
    assert [verdict(written, of[n]) for n in (3, 4, 5, 9)] == [None] * 4
    for n in (4, 5, 9):
        broken = verdict(written, replace(of[n], digest="f" * 64))
        assert broken is not None
        assert "rewritten" in broken.why


@pytest.mark.promise("A5")
@pytest.mark.parametrize("row", ["audit WHERE seq = 5", "attempts WHERE id = 2", "attempts"])
def test_the_database_refuses_to_delete_what_was_not_let_go(
    cut: Ledger, by_hand: Connection, begin: Begin, now: datetime, row: str
) -> None:
    with cut.writing() as books:
        old, newer, _open = (begin(books).id for _ in range(3))
        books.attempts.end(old, Accepted(), now)
        books.attempts.end(newer, Accepted(), now + 5 * MINUTE)
        assert let_go(books, now + MINUTE).rows == {"attempts": 1}
    with pytest.raises(IntegrityError, match="never deleted by hand"):
        by_hand.exec_driver_sql(f"DELETE FROM {row}")  # noqa: S608 - of the lines above


def test_a_record_written_by_a_clock_that_was_ahead_holds_nothing_up(
    books: Books, now: datetime
) -> None:
    for at in (now, now + 3000 * DAY, now + MINUTE, now + DAY, now + 2 * MINUTE):
        append(books, at)
    assert let_go(books, now + 5 * MINUTE).rows == {"audit": 3}
    assert let_go(books, now - 1000 * DAY).rows == {}
    assert books.audit.verify() is None


def test_with_the_oldest_of_the_audit_damaged_nothing_goes(
    file_url: str, open_file: Callable[[], Ledger], begin: Begin, now: datetime
) -> None:
    ledger = open_file()
    with ledger.writing() as books:
        append(books, now)
        books.attempts.end(begin(books).id, Accepted(), now)
    with closing(sqlite3.connect(file_url.removeprefix("sqlite:///"))) as found:
        found.executescript("DROP TRIGGER audit_is_written_once; UPDATE audit SET at = 'once'")
    with ledger.writing() as books:
        with pytest.raises(Unreadable):
            let_go(books, now + DAY)
        assert len(books.attempts.of()) == 1


# -- every other table ---------------------------------------------------------------------------


def test_attempts_go_once_they_have_ended_and_nothing_was_said_by_them(
    books: Books, begin: Begin, now: datetime
) -> None:
    made = [begin(books, Kind.NOTICE, sent_at=now) for _ in range(6)]
    for attempt in made[1:]:
        books.attempts.end(attempt.id, Accepted(), now)
    books.notices.claim(DESK, Kind.NOTICE, {ANA: "day/1"}, made[2].id, now)
    gone = [let_go(books, now + MINUTE, at_most=2) for _ in range(3)]
    assert [(g.rows.get("attempts", 0), g.more) for g in gone] == [(2, True), (2, True), (0, False)]
    assert {a.id for a in books.attempts.of()} == {made[0].id, made[2].id}
    books.notices.forget(now + DAY)
    assert let_go(books, now + DAY).rows["attempts"] == 1


def test_attempts_stay_for_as_long_as_no_read_has_shown_what_came_of_them(
    books: Books, begin: Begin, now: datetime
) -> None:
    open_since = Seat(DESK, ANA, Seen.IN, op=Kind.REMOVE, op_since=now + MINUTE)
    watched = Seat(DESK, BEN, Seen.IN, seen_at=now + MINUTE, watch_until=now + 2 * MINUTE)
    at = {now: "before", now + MINUTE: "since"}
    made = {
        begin(books, person=seat.person, sent_at=when).id: (seat.person, word)
        for seat in (open_since, watched) for when, word in at.items()
    }  # fmt: skip
    for attempt in made:
        books.attempts.end(attempt, Accepted(), now + MINUTE)
    books.seats.save(open_since, watched)
    assert let_go(books, now + DAY).rows == {"attempts": 2}
    assert {made[a.id] for a in books.attempts.of()} == {(ANA, "since"), (BEN, "since")}
    read = [replace(s, seen=Seen.OUT, seen_at=now + DAY, op=None) for s in (open_since, watched)]
    books.seats.save(*read)
    assert let_go(books, now + DAY).rows == {"attempts": 2}


def test_the_newest_handover_of_each_group_stays(books: Books, now: datetime) -> None:
    for group, count in ((DESK, 3), (LAB, 1)):
        for n in range(count):
            at = now + n * MINUTE
            books.handovers.record(HandoverRow(group, at, (ANA,), (BEN,), "3f9c", "2026b", at))
    assert let_go(books, now + DAY).rows == {"handovers": 2}
    assert [(h.group, h.at) for h in books.handovers.of()] == [(DESK, now + 2 * MINUTE), (LAB, now)]


def grant(books: Books, at: datetime, until: datetime | None) -> int:
    return books.grants.make(
        group=DESK, person=ANA, effect=Effect.IN, starts=at, until=until, duty=False,
        reason="sick", author="mara", now=at,
    ).id  # fmt: skip


def test_grants_stay_while_they_cover_and_the_newest_stays_for_its_number(
    books: Books, now: datetime
) -> None:
    over, undone, endless, long, newest = (
        grant(books, now, until)
        for until in (now + MINUTE, None, None, now + 2 * DAY, now + MINUTE)
    )
    books.grants.end(undone, now)
    assert let_go(books, now + DAY).rows == {"grants": 2}
    assert books.grants.get(over) is None
    assert [g.id for g in books.grants.all()] == [endless, long, newest]


def test_resolved_tickets_and_subscriptions_that_are_over_go_and_the_others_stay(
    books: Books, now: datetime
) -> None:
    for name in ("T-1", "T-2"):
        books.tickets.open(name, DESK, "mara", now)
    books.tickets.resolve("T-1", "mara", "fixed", "expert", now)
    one = Subscription("M-1", DESK, ANA, now, now + MINUTE, "mara", now)
    books.subscriptions.save(
        one,
        replace(one, key="M-2", until=now + 2 * DAY),
        replace(one, key="M-3", until=now + 2 * DAY, ended_at=now),
    )
    assert let_go(books, now + DAY).rows == {"tickets": 1, "subscriptions": 2}
    assert [t.ticket for t in books.tickets.all()] == ["T-2"]
    assert list(books.subscriptions.all()) == ["M-2"]


def test_what_waits_or_lasts_stays_and_what_was_answered_cleared_or_lifted_goes(
    books: Books, now: datetime
) -> None:
    asked = [books.intents.ask("release", {"hold": "1"}, "mara", "ok", now) for _ in range(2)]
    books.intents.done(asked[0], now, "released")
    books.alarms.settle({"a": "desk is held", "b": "lab is held"}, now)
    books.alarms.settle({"b": "lab is held"}, now)
    items = [HeldItem(hold, AccountId("main"), DESK) for hold in (Hold.COVER, Hold.UNCOVERED)]
    books.holds.settle(AccountId("main"), DESK, items, now)
    books.holds.settle(AccountId("main"), DESK, items[1:], now)
    assert let_go(books, now + DAY).rows == {"intents": 1, "alarms": 1, "holds": 1}
    assert [i.id for i in books.intents.pending()] == [asked[1]]
    assert [a.key for a in books.alarms.on()] == ["b"]
    assert [h.item for h in books.holds.since(now - DAY)] == items[1:]


def test_a_roster_stays_for_as_long_as_it_was_in_force_since(
    books: Books, roster: Callable[..., Roster], now: datetime
) -> None:
    first, second, third, fourth = (
        roster(**{name: "+351911111111"}) for name in ("ana", "ben", "chen", "dora")
    )
    for n, (found, digest) in enumerate(((first, "1"), (second, "2"), (first, "1"))):
        books.rosters.adopt(found, digest, now + n * DAY, "2026b")
    books.rosters.hold_back(fourth, "4", now + 2 * DAY, "2026b", "too many")
    books.rosters.adopt(third, "3", now + 3 * DAY, "2026b")
    assert let_go(books, now + DAY + MINUTE).rows == {"roster_versions": 1}
    assert let_go(books, now + 9 * DAY).rows == {"audit": 1, "roster_versions": 3, "rosters": 3}
    assert [v.digest for v in books.rosters.versions()] == ["3"]
    assert books.rosters.in_force() == ("3", third)
    books.rosters.adopt(first, "1", now + 10 * DAY, "2026b")
    assert books.rosters.in_force() == ("1", first)


def test_the_chain_says_what_went_on_whose_word(books: Books, now: datetime) -> None:
    append(books, now)
    let_go(books, now + MINUTE)
    (record,) = books.audit.list()
    assert (record.kind, record.origin, record.seq) == ("let_go", "keep 1 days", 2)
    assert record.detail["text"] == "what ended before 2026-01-05 08:01Z: audit 1"
    assert record.detail["seq"] == 1
