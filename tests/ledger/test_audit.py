"""The audit only grows, and shows every edit, loss and swap: each kind of tampering is tried."""

import gc
import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from rotation.core.facts import Attempt
from rotation.core.outcome import Accepted
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, PersonId
from rotation.ledger import Anchor, AuditRecord, Books, BrokenChain, Ledger, Verified
from rotation.ledger.audit import Brief
from rotation.ledger.rows import GROUPS_AT_ONCE

DESK, LAB, ANA, BEN = GroupId("desk"), GroupId("lab"), PersonId("ana"), PersonId("ben")
RECORDS = 12


def append(books: Books, at: datetime, n: int = 0) -> int:
    return books.audit.append(
        at=at,
        kind="removed",
        group=DESK if n % 2 else LAB,
        person=ANA if n % 3 else None,
        reason=Reason.SHIFT_END if n % 2 else None,
        origin=f"roster {n}",
        detail={"how": "proven", "took": n, "people": ["ana", "ben"]},
        attempts=(n, n + 1),
    )


@pytest.fixture
def written(open_ledger: Callable[[], Ledger], now: datetime) -> Ledger:
    ledger = open_ledger()
    with ledger.writing() as books:
        for n in range(RECORDS):
            append(books, now + timedelta(minutes=n), n)
    return ledger


def verdict(ledger: Ledger, anchor: Anchor | None = None) -> BrokenChain | None:
    """What is found in one reading, and without an anchor piece by piece as well."""
    with ledger.reading() as books:
        found = books.audit.verify(anchor)
    assert anchor is not None or in_pieces(ledger) == found
    return found


def in_pieces(ledger: Ledger, so_far: Verified | None = None, each: int = 5) -> BrokenChain | None:
    while so_far is None or not so_far.whole:
        found = piece(ledger, so_far, each)
        if isinstance(found, BrokenChain):
            return found
        so_far = found
    return None


def piece(ledger: Ledger, so_far: Verified | None, each: int) -> Verified | BrokenChain:
    with ledger.reading() as books:
        return books.audit.verified_on(so_far, each)


def begun(ledger: Ledger, each: int = 5) -> Verified:
    """The first piece, which fits."""
    found = piece(ledger, None, each)
    assert isinstance(found, Verified)
    assert (found.last.seq, found.whole) == (each, False)
    return found


def test_records_come_back_newest_first(books: Books, now: datetime) -> None:
    first = append(books, now)
    second = append(books, now + timedelta(minutes=1), 1)
    assert (first, second) == (1, 2)
    newest, oldest = books.audit.list()
    assert newest == AuditRecord(
        seq=2,
        at=now + timedelta(minutes=1),
        kind="removed",
        group=DESK,
        person=ANA,
        reason=Reason.SHIFT_END,
        origin="roster 1",
        detail={"how": "proven", "took": 1, "people": ["ana", "ben"]},
        attempts=(1, 2),
        digest=newest.digest,
    )
    assert (oldest.seq, oldest.group, oldest.person, oldest.reason) == (1, LAB, None, None)


def test_records_are_found_by_whom_and_when(books: Books, now: datetime) -> None:
    for n in range(6):
        append(books, now + timedelta(minutes=n), n)

    def found(*args: object, **kw: object) -> list[int]:
        return [r.seq for r in books.audit.list(*args, **kw)]  # type: ignore[arg-type]  # passed on

    assert found(DESK) == [6, 4, 2]
    assert found(person=ANA) == [6, 5, 3, 2]
    assert found(DESK, BEN) == []
    minute = timedelta(minutes=1)
    assert found(since=now + minute, until=now + 3 * minute) == [3, 2]
    assert found(limit=2) == [6, 5]


def test_records_of_a_kind_that_is_seldom_are_found_by_whom_and_when(
    books: Books, now: datetime
) -> None:
    minute = timedelta(minutes=1)
    for n, kind in enumerate(("granted", "removed", "granted", "undone", "granted")):
        books.audit.append(
            at=now + n * minute, kind=kind, group=DESK if n else LAB, person=BEN if n < 4 else ANA,
            reason=None, origin="", detail={},
        )  # fmt: skip
    granted = books.audit.list(kind="granted")
    assert [r.seq for r in granted] == [5, 3, 1]
    assert [r.seq for r in books.audit.list(kind="granted", person=BEN)] == [3, 1]
    assert [r.seq for r in books.audit.list(DESK, kind="granted")] == [5, 3]
    assert [r.seq for r in books.audit.list(kind="granted", until=now + 3 * minute)] == [3, 1]
    assert books.audit.list(DESK, BEN, kind="granted", since=now + 3 * minute) == []


def test_of_many_groups_only_the_records_of_a_few_are_held_at_once(
    books: Books, now: datetime
) -> None:
    groups, each, minute = (
        [GroupId(f"g{n}") for n in range(4 * GROUPS_AT_ONCE)],
        3,
        timedelta(0, 60),
    )
    for n in range(each * len(groups)):
        books.audit.append(
            at=now + n * minute, kind="added" if n % 7 else "granted",
            group=groups[n % len(groups)], person=ANA, reason=None, origin="", detail={},
        )  # fmt: skip
    window = now + 9 * minute, now + (each * len(groups) - 9) * minute
    expected = {r.seq for r in books.audit.list(None, None, *window) if r.kind == "added"}
    found: set[int] = set()
    for group, records in books.audit.by_group(groups, {"added"}, *window):
        assert all(record.group == group for record in records)
        assert records == sorted(records, key=lambda record: record.seq)
        found |= {record.seq for record in records}
        if group == groups[-1]:
            held = sum(isinstance(thing, Brief) for thing in gc.get_objects())
            assert held <= 2 * GROUPS_AT_ONCE * each
    assert found == expected


def test_an_empty_audit_is_sound_and_has_no_head(books: Books) -> None:
    assert books.audit.verify() is None
    assert books.audit.head() is None


@pytest.mark.promise("A5")
def test_what_was_written_verifies_also_after_reopening(
    written: Ledger, open_ledger: Callable[[], Ledger], now: datetime
) -> None:
    assert verdict(written) is None
    written.close()
    again = open_ledger()
    with again.writing() as books:
        assert append(books, now) == RECORDS + 1
    assert verdict(again) is None


@pytest.mark.promise("A5")
def test_a_record_is_found_by_its_digest_also_the_last_that_was_let_go(
    written: Ledger, now: datetime
) -> None:
    with written.writing() as books:
        digests = [record.digest for record in books.audit.after(0)]
        assert [books.audit.holding(digest) for digest in digests] == [*range(1, RECORDS + 1)]
        assert books.audit.holding("f" * 64) is None
        gone = books.audit.let_go(now + timedelta(minutes=5), now + timedelta(hours=1), RECORDS)
        books.audit.say_let_go(now, "keep", "some")
        assert gone == 5
        assert [books.audit.holding(digest) for digest in digests[3:6]] == [None, 5, 6]


def test_a_record_rolled_back_leaves_no_gap(written: Ledger, now: datetime) -> None:
    class Stop(Exception):  # noqa: N818 - it only ends the transaction
        pass

    def fail(books: Books) -> None:
        append(books, now)
        raise Stop

    with pytest.raises(Stop), written.writing() as books:
        fail(books)
    with written.writing() as books:
        assert append(books, now) == RECORDS + 1
    assert verdict(written) is None


COLUMNS = {
    "at": "2026-01-05T08:00:00.000001Z",
    "kind": "added",
    "group": "bar",
    "person": "zoe",
    "reason": "leaver",
    "origin": "somebody else",
    "detail": "{}",
    "attempts": "[]",
    "previous": "0" * 64,
    "digest": "f" * 64,
}
REST = 'at, kind, "group", person, reason, origin, detail, attempts, previous, digest'
LOSSES = {
    "the first": "DELETE FROM audit WHERE seq = 1",
    "one within": "DELETE FROM audit WHERE seq = 5",
    "one put at the end": "UPDATE audit SET seq = 99 WHERE seq = 5",
    "two swapped": """
        UPDATE audit SET seq = -seq WHERE seq IN (5, 6);
        UPDATE audit SET seq = 11 + seq WHERE seq < 0
    """,
    "one told twice": f"""
        DELETE FROM audit WHERE seq > 5;
        INSERT INTO audit SELECT 6, {REST} FROM audit WHERE seq = 5
    """,  # noqa: S608 - only constants
    "other words": "UPDATE audit SET detail = '{}' WHERE seq = 5",
}
FOUND = {
    "the first": (1, "a record is missing"),
    "one within": (5, "a record is missing"),
    "one put at the end": (5, "a record is missing"),
    "two swapped": (5, "it does not follow the record before it"),
    "one told twice": (6, "it does not follow the record before it"),
    "other words": (5, "it was changed after it was written"),
}
REFUSED = {
    "never changed": "UPDATE audit SET kind = 'x' WHERE seq = 1",
    "never deleted": "DELETE FROM audit WHERE seq = 12",
    "no gap": f"INSERT INTO audit SELECT 99, {REST} FROM audit WHERE seq = 4",  # noqa: S608 - only constants
    "has no gap": f"INSERT INTO audit SELECT 3, {REST} FROM audit WHERE seq = 4",  # noqa: S608 - only constants
}
ONLY_IN_A_FILE = f"INSERT OR REPLACE INTO audit SELECT 3, {REST} FROM audit WHERE seq = 4"  # noqa: S608 - only constants
ONLY_ON_A_SERVER = {
    "TRUNCATE audit": "the audit is never deleted",
    "TRUNCATE attempts CASCADE": "an attempt is never deleted",
}


def set_by_hand(conn: Connection, column: str, value: str, seq: int) -> None:
    update = text(f'UPDATE audit SET "{column}" = :value WHERE seq = :seq')  # noqa: S608 - names no user gave
    conn.execute(update, {"value": value, "seq": seq})


def done_by_hand(conn: Connection, statements: str) -> None:
    for statement in statements.split(";"):
        conn.exec_driver_sql(statement)


@pytest.mark.promise("A5", "F38")
@pytest.mark.parametrize("column", COLUMNS)
def test_an_edit_of_any_column_is_found_where_it_is(
    written: Ledger, unguarded: Connection, column: str
) -> None:
    set_by_hand(unguarded, column, COLUMNS[column], 5)
    broken = verdict(written)
    assert broken is not None
    assert broken.seq == 5


@pytest.mark.promise("A5", "F38")
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_and_reordering_are_found(written: Ledger, unguarded: Connection, loss: str) -> None:
    done_by_hand(unguarded, LOSSES[loss])
    broken = verdict(written)
    assert broken is not None
    assert (broken.seq, broken.why) == FOUND[loss]


def a_time(chance: float) -> str:
    return f"2026-02-0{1 + int(chance * 9)}T08:00:00.{int(chance * 1e6):06d}Z"


def test_random_tampering_is_always_found(written: Ledger, unguarded: Connection) -> None:
    dice = random.Random(20260105)
    unguarded.exec_driver_sql("CREATE TABLE kept AS SELECT * FROM audit")
    for _ in range(100):
        column, seq = dice.choice(list(COLUMNS)), dice.randint(1, RECORDS)
        value = f"tampered {dice.random()}" if column != "at" else a_time(dice.random())
        set_by_hand(unguarded, column, value, seq)
        broken = verdict(written)
        assert broken is not None
        assert broken.seq == seq
        done_by_hand(unguarded, "DELETE FROM audit; INSERT INTO audit SELECT * FROM kept")
    assert verdict(written) is None


@pytest.mark.promise("A5")
def test_a_cut_at_the_end_shows_only_against_an_anchor_kept_elsewhere(
    written: Ledger, unguarded: Connection
) -> None:
    with written.reading() as books:
        anchor = books.audit.head()
    assert anchor is not None
    assert verdict(written, anchor) is None
    unguarded.exec_driver_sql("DELETE FROM audit WHERE seq > 8")
    assert verdict(written) is None
    assert verdict(written, anchor) == BrokenChain(9, "the chain was cut: the anchor is missing")


@pytest.mark.promise("A5")
def test_a_chain_written_anew_does_not_fit_the_anchor(
    written: Ledger, unguarded: Connection, now: datetime
) -> None:
    with written.reading() as books:
        anchor = books.audit.head()
    unguarded.exec_driver_sql("DELETE FROM audit")
    with written.writing() as books:
        for n in range(RECORDS + 3):
            append(books, now, n)
    assert verdict(written) is None
    broken = verdict(written, anchor)
    assert broken is not None
    assert "rewritten" in broken.why


@pytest.mark.promise("A5")
@pytest.mark.parametrize("gone", [3, 5, 8, RECORDS])
def test_what_is_let_go_between_two_pieces_is_not_missed(
    written: Ledger, unguarded: Connection, now: datetime, gone: int
) -> None:
    so_far = begun(written)
    with written.writing() as books:
        let_go = books.retention.let_go(now + timedelta(days=1), now + timedelta(days=2), gone, "")
    assert let_go.rows == {"audit": gone}
    assert in_pieces(written, so_far) is None
    set_by_hand(unguarded, "origin", "somebody else", RECORDS + 1)
    assert in_pieces(written, so_far) == BrokenChain(
        RECORDS + 1, "it was changed after it was written"
    )


@pytest.mark.promise("A5")
@pytest.mark.parametrize("loss", ["one within", "other words", "two swapped", "one told twice"])
def test_what_is_done_between_two_pieces_to_what_comes_is_found(
    written: Ledger, unguarded: Connection, loss: str
) -> None:
    so_far = begun(written, 4)
    done_by_hand(unguarded, LOSSES[loss])
    found = in_pieces(written, so_far, 4)
    assert found is not None
    assert (found.seq, found.why) == FOUND[loss]


@pytest.mark.promise("A5")
@pytest.mark.parametrize("column", ["digest", "previous"])
def test_where_the_last_record_that_fitted_is_another_one_all_is_looked_at_again(
    written: Ledger, unguarded: Connection, column: str
) -> None:
    so_far = begun(written)
    set_by_hand(unguarded, "digest", "f" * 64, 5)
    set_by_hand(unguarded, column, "f" * 64, 2)
    assert in_pieces(written, so_far) == verdict(written)
    found = in_pieces(written, so_far)
    assert found is not None
    assert found.seq == 2


@pytest.mark.promise("A5")
def test_a_ledger_that_was_put_back_between_two_pieces_is_no_broken_chain(
    written: Ledger, unguarded: Connection, now: datetime
) -> None:
    so_far = begun(written, 10)
    unguarded.exec_driver_sql("DELETE FROM audit WHERE seq > 7")
    assert in_pieces(written, so_far) is None
    with written.writing() as books:
        for n in range(RECORDS):
            append(books, now, n + 100)
    assert in_pieces(written, so_far) is None


@pytest.mark.promise("A5")
def test_a_cut_that_the_chain_does_not_tell_of_is_found_wherever_it_was_made(
    written: Ledger, unguarded: Connection, now: datetime
) -> None:
    so_far = begun(written)
    with written.reading() as books:
        of = {record.seq: record.digest for record in books.audit.list()}
    for seq in (3, 5, 8):
        unguarded.exec_driver_sql(f"DELETE FROM audit WHERE seq <= {seq}")  # noqa: S608 - a number of ours
        told = {"value": f"{seq} {of[seq]} {now:%Y-%m-%dT%H:%M:%S.%fZ}"}
        unguarded.execute(text("DELETE FROM meta WHERE key = 'audit_let_go'"))
        unguarded.execute(text("INSERT INTO meta VALUES ('audit_let_go', :value)"), told)
        found = in_pieces(written, so_far)
        assert found is not None
        assert "let go" in found.why


def test_bytes_where_text_belongs_are_found(
    file_url: str, now: datetime, open_file: Callable[[], Ledger]
) -> None:
    ledger = open_file()
    with ledger.writing() as books:
        append(books, now)
    with closing(sqlite3.connect(file_url.removeprefix("sqlite:///"))) as found:
        found.executescript("DROP TRIGGER audit_is_written_once; UPDATE audit SET detail = x'00ff'")
    assert verdict(ledger) == BrokenChain(1, "it was changed after it was written")


@pytest.mark.promise("A5")
@pytest.mark.parametrize("why", REFUSED)
def test_the_database_itself_refuses_changes_to_the_audit(
    written: Ledger, by_hand: Connection, why: str
) -> None:
    with pytest.raises(IntegrityError, match=why):
        by_hand.exec_driver_sql(REFUSED[why])
    assert verdict(written) is None


def test_a_file_refuses_a_record_in_the_place_of_another(
    file_url: str, now: datetime, open_file: Callable[[], Ledger]
) -> None:
    with open_file().writing() as books:
        for n in range(RECORDS):
            append(books, now, n)
    refused = pytest.raises(sqlite3.IntegrityError, match="has no gap")
    with closing(sqlite3.connect(file_url.removeprefix("sqlite:///"))) as found, refused:
        found.execute(ONLY_IN_A_FILE)


@pytest.mark.parametrize("statement", ONLY_ON_A_SERVER)
def test_a_server_refuses_to_empty_what_only_grows(server_url: str, statement: str) -> None:
    refused = pytest.raises(psycopg.IntegrityError, match=ONLY_ON_A_SERVER[statement])
    with psycopg.connect(server_url) as found, refused:
        found.execute(statement.encode())


@pytest.mark.parametrize(
    ("statement", "why"),
    [
        ("DELETE FROM attempts WHERE id = {open}", "never deleted"),
        ("DELETE FROM attempts WHERE id = {ended}", "never deleted"),
        ("UPDATE attempts SET person = 'zoe' WHERE id = {open}", "only gains its end"),
        ("UPDATE attempts SET sent_at = '2026-01-05' WHERE id = {ended}", "(only|once)"),
        ("UPDATE attempts SET outcome = 'refused' WHERE id = {ended}", "ends once"),
        ("UPDATE attempts SET ended_at = NULL, outcome = NULL WHERE id = {ended}", "ends once"),
        ("UPDATE attempts SET ended_at = '2026-01-05' WHERE id = {open}", "ended_with_an_outcome"),
    ],
)
def test_the_database_itself_refuses_changes_to_attempts(
    open_ledger: Callable[[], Ledger],
    by_hand: Connection,
    begin: Callable[..., Attempt],
    now: datetime,
    statement: str,
    why: str,
) -> None:
    with open_ledger().writing() as books:
        ended, still_open = begin(books).id, begin(books).id
        books.attempts.end(ended, Accepted(), now)
    with pytest.raises(IntegrityError, match=why):
        by_hand.exec_driver_sql(statement.format(open=still_open, ended=ended))
