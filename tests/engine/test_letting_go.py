"""A ledger that lets go of what ended long ago stops growing, and the day misses nothing."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Because, Kind, Moment
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Every, Goodbye, GroupId, PersonId, Turns
from rotation.engine.house import AGAIN, AT_MOST, House
from rotation.ledger import AUDIT_BROKEN, in_memory
from rotation.ledger.audit import PIECE

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a rehearsed day."""

DAY = timedelta(days=1)
NOVEMBER = date(2025, 11, 5)
NEW_MONTH = datetime(2026, 1, 5, tzinfo=UTC)
GOODBYE = Goodbye({("", ""): "{names} sign off. {next} have it now."})


def kept(made: Any) -> dict[str, int]:  # noqa: ANN401 - a rehearsed day
    """How many rows there are of what is written down of the past."""
    with made.books() as books:
        return {
            "attempts": len(books.attempts.of()),
            "handovers": len(books.handovers.of()),
            "audit": len(books.audit.list()),
            "holds": len(books.holds.since(made.now - 1000 * DAY)),
            "notices": len(books.notices.concluded(GroupId("desk"))),
            "grants": len(books.grants.all()),
        }


@pytest.mark.slow
@pytest.mark.promise("A5", "P-bounded")
def test_the_ledger_stops_growing_and_nothing_that_lasts_is_lost(day: Make) -> None:
    made = day(goodbye=GOODBYE, keep=DAY).until("07:55")
    made.grant("dora", until=60 * DAY)
    with made.by_hand() as books:
        never_ended = books.attempts.begin(
            account=AccountId("another"), kind=Kind.REMOVE, group=GroupId("lab"),
            person=PersonId("ana"), because=Because(Reason.SHIFT_END, "day", "roster"), roster="1",
            zone_data="2026b", boot="before", uptime=1.0, sent_at=made.now,
        )  # fmt: skip
    after_nine = kept(made.after(days=3))
    after_eighteen = kept(made.after(days=3))
    assert made.measures["removals"] == 18
    assert after_eighteen == after_nine
    assert made.inside() == "ana dora"
    with made.books() as books:
        assert books.attempts.open(AccountId("another")) == [never_ended]
        cut, head = books.audit.cut(), books.audit.head()
        assert cut is not None
        assert made.now - 2 * DAY < cut.at < made.now - DAY
        assert books.audit.verify(head) is None
    assert (made.holds(), made.wrongs) == ({}, {})


@pytest.mark.slow
@pytest.mark.promise("A1", "A4", "P-bounded")
def test_a_removal_is_ours_though_no_read_showed_it_for_longer_than_anything_is_kept(
    day: Make,
) -> None:
    by_month = Turns(tuple(map(PersonId, ("chen", "ana", "ben"))), Every.MONTH, 1, NOVEMBER)
    made = day(
        {"day": ("00:00-24:00", by_month)}, starts=NEW_MONTH - timedelta(minutes=10), keep=DAY
    )
    made.fault("timeout_after", on=["remove"], next=1)
    starts, ends = NEW_MONTH + timedelta(seconds=8), NEW_MONTH + 3 * DAY
    made.fault("outage", starts=starts.isoformat(), ends=ends.isoformat())
    made.until(ends + timedelta(hours=1))
    (removed,) = made.audit("removed", person="ana")
    (tried,) = made.attempts(Kind.REMOVE)
    assert removed.attempts == (tried.id,)
    assert removed.at - tried.sent_at > 2 * DAY
    assert made.audit("seen_out") == []


def test_a_backlog_goes_in_batches_and_then_the_daemon_rests(day: Make) -> None:
    made = day(keep=2 * DAY)
    with made.by_hand() as books:
        for _ in range(2 * AT_MOST + 1):
            asked = books.intents.ask("nothing", {}, "mara", "ok", made.now - 9 * DAY)
            books.intents.done(asked, made.now - 9 * DAY, "released")
    made.after(minutes=61)
    told = made.events("let_go")
    assert [event.text for event in told] == ["intents 1000", "intents 1000", "intents 1"]
    assert [b.at - a.at for a, b in pairwise(told)] == [AGAIN, AGAIN]
    ticks = made.rehearsal.ticks
    made.after(minutes=10)
    assert made.rehearsal.ticks - ticks < 5
    assert len(made.events("let_go")) == 3


class Ours:
    """The lease on the house, until somebody else takes it."""

    is_ours = True

    def of(self, _account: AccountId) -> object:
        return self if self.is_ours else None


def test_who_loses_the_house_while_behind_leaves_the_rest_to_the_next_one() -> None:
    tenures: Any = Ours()
    house, ledger, at = House(tenures, 90 * DAY), in_memory(), datetime(2026, 1, 5, tzinfo=UTC)

    def keep(seconds: float) -> tuple[int, datetime]:
        now = Moment(at + timedelta(seconds=seconds), "boot", seconds)
        with ledger.writing() as books:
            told = [e for e in house.kept(books, AccountId("main"), now) if e.kind == "let_go"]
        return len(told), house.next(now, at + DAY)

    with ledger.writing() as books:
        for _ in range(AT_MOST + 1):
            books.intents.done(books.intents.ask("x", {}, "mara", "ok", at), at - 99 * DAY, "no")
    assert keep(0) == (0, at + DAY)
    assert keep(3600) == (1, at + timedelta(seconds=3600) + AGAIN)
    tenures.is_ours = False
    assert keep(3605) == (0, at + DAY)
    tenures.is_ours = True
    assert keep(3606) == (1, at + DAY)
    ledger.close()


def test_the_next_piece_of_the_trail_is_due_when_it_is_said_to_be_at_whatever_instant() -> None:
    """A stepped clock is read in microseconds, and its seconds since 1970 in no whole ones."""
    tenures: Any = Ours()
    ledger, account = in_memory(), AccountId("main")
    with ledger.writing() as books:
        for _ in range(PIECE + 1):
            books.audit.append(
                at=NEW_MONTH, kind="note", group=None, person=None, reason=None, origin="test",
                detail={}, attempts=(),
            )  # fmt: skip
        for millis in range(0, 200, 10):
            house, at = House(tenures, 90 * DAY), NEW_MONTH + timedelta(milliseconds=millis)
            list(house.kept(books, account, now := Moment(at, "boot", at.timestamp())))
            again = house.next(now, at + DAY)
            assert again > at
            list(house.kept(books, account, now := Moment(again, "boot", again.timestamp())))
            assert house.next(now, at + DAY) == at + DAY
    ledger.close()


@pytest.mark.parametrize("doubt", ["clock", "audit"])
def test_nothing_goes_while_the_clock_or_the_trail_is_in_doubt(day: Make, doubt: str) -> None:
    made = day(keep=2 * DAY).until("08:05")
    with made.by_hand() as books:
        asked = books.intents.ask("nothing", {}, "mara", "ok", made.now - DAY)
        ended = made.now - (DAY if doubt == "clock" else 9 * DAY)
        books.intents.done(asked, ended, "released")
        if doubt == "audit":
            books.meta.put(AUDIT_BROKEN, "record 1: a record is missing")
    if doubt == "clock":
        made.rehearsal.clock_moves(500 * DAY)
    made.after(hours=3)
    assert made.events("let_go") == []
    if doubt == "clock":
        made.rehearsal.clock_moves(timedelta(0))
    else:
        assert made.release("audit") == "released"
    made.after(hours=3)
    assert len(made.events("let_go")) == (doubt == "audit")
