"""Replicas by themselves: who takes what, when, and what is trusted for how long."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine import Shared, Terms
from rotation.engine.tenure import Tenure, trusted_until
from rotation.ledger import Books, LeaseLost, Ledger, LedgerUnavailable, Replica

TERMS = Terms()
STARTS = datetime(2026, 3, 2, tzinfo=UTC)


class Server(Ledger):
    """A ledger in memory whose server may be away, and have another history from then on."""

    def __init__(self) -> None:
        super().__init__("sqlite://")
        self.timeline = "1"
        self.clock: Callable[[], datetime] | None = None
        self.away = False
        self.lost_answer = False

    @contextmanager
    def writing(self) -> Iterator[Books]:
        if self.away:
            raise LedgerUnavailable("away")
        with super().writing() as books:
            leases: Any = books.leases
            require = leases.require
            leases.timeline = lambda: self.timeline
            leases.clock = lambda: self.clock and self.clock()
            leases.require = lambda a, h, t, told: require(
                a, h, t, "1" if told == self.timeline else "another"
            )
            yield books
        if self.lost_answer:
            self.lost_answer = False
            raise LedgerUnavailable("lost in the commit")


@dataclass
class Room:
    """Replicas with boot clocks of their own, which run alike, over one ledger."""

    ledger: Server = field(default_factory=Server)
    seconds: float = 0.0
    made: list[Shared] = field(default_factory=list)

    def replica(self, *accounts: str, zone_data: str = "2026a") -> Shared:
        name, ahead = f"r{len(self.made) + 1}", 1000.0 * len(self.made)
        known = tuple(AccountId(a) for a in accounts or ("main",))
        me = Replica(name, name, "1", zone_data, known, "", "", 0, STARTS, STARTS)
        clock = partial(self.clock, name, ahead)
        self.made.append(Shared(self.ledger, clock, me, TERMS))
        return self.made[-1]

    def clock(self, boot: str = "", ahead: float = 0.0) -> Moment:
        at = STARTS + timedelta(seconds=self.seconds)
        return Moment(at, boot, self.seconds + ahead)

    def passes(self, seconds: float, *beating: Shared) -> None:
        """Time passes, in which these beat every five seconds."""
        ends = self.seconds + seconds
        while self.seconds < ends:
            self.seconds = min(self.seconds + 5, ends)
            for one in beating:
                one.beat()


Owned: TypeAlias = set[str]


@pytest.fixture
def room() -> Iterator[Room]:
    made = Room()
    yield made
    made.ledger.close()


def held(one: Shared) -> Owned:
    return {str(a) for a in one.held}


def lease(one: Shared, account: str = "main") -> Tenure:
    found = one.of(AccountId(account))
    assert found is not None
    return found


def test_the_first_takes_what_was_never_taken_at_once_and_the_next_stands_by(room: Room) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    second.beat()
    assert held(first) == {"main"}
    assert first.office is not None
    room.passes(200, first, second)
    assert (held(second), second.office) == (set(), None)
    assert lease(first).term == 1


@pytest.mark.promise("S9")
def test_a_silent_holder_is_waited_for_a_whole_term_and_not_for_longer_than_a_minute(
    room: Room,
) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    second.beat()
    room.passes(44, second)
    assert held(second) == set()
    room.passes(16, second)
    assert held(second) == {"main"}
    assert lease(second).term == 2


@pytest.mark.promise("S9")
def test_a_term_is_trusted_until_before_others_may_have_it_counted_from_before_it_was_asked_for(
    room: Room,
) -> None:
    first = room.replica()
    first.beat()
    asked = room.seconds
    assert lease(first).until == asked + TERMS.length - TERMS.margin
    room.passes(10, first)
    assert lease(first).until == asked + 10 + TERMS.length - TERMS.margin


@pytest.mark.promise("S9")
def test_what_the_ledger_did_not_renew_is_trusted_as_long_as_before(room: Room) -> None:
    first = room.replica()
    first.beat()
    before = lease(first).until
    room.ledger.away = True
    room.seconds += 10
    with pytest.raises(LedgerUnavailable):
        first.beat()
    assert lease(first).until == before
    room.ledger.away = False
    room.ledger.lost_answer = True  # it was written, and nobody heard
    with pytest.raises(LedgerUnavailable):
        first.beat()
    assert lease(first).until == before
    first.beat()
    assert lease(first).term == 1


@pytest.mark.promise("S9")
def test_a_lease_whose_taking_was_not_heard_of_is_taken_in_another_term(room: Room) -> None:
    first = room.replica()
    room.ledger.lost_answer = True
    with pytest.raises(LedgerUnavailable):
        first.beat()
    assert held(first) == set()
    first.beat()
    assert lease(first).term == 2


@pytest.mark.promise("S9")
def test_one_that_was_overtaken_knows_at_its_next_look_and_writes_nothing_before(
    room: Room,
) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    old = lease(first)
    room.passes(60, second)
    with pytest.raises(LeaseLost), room.ledger.writing() as books:
        first.fence(books, old)
    first.beat()
    assert held(first) == set()
    assert trusted_until(first, old) == float("-inf")


def test_accounts_are_shared_evenly_and_nobody_is_left_without(room: Room) -> None:
    accounts = [f"a{n}" for n in range(7)]
    first, second, third = (room.replica(*accounts) for _ in range(3))
    first.beat()
    assert len(held(first)) == 7
    room.passes(60, first, second, third)
    shares = [held(one) for one in room.made]
    assert sorted(map(len, shares)) == [1, 3, 3]
    assert set().union(*shares) == set(accounts)
    terms = [lease(one, a).term for one in room.made for a in sorted(held(one))]
    room.passes(60, first, second, third)
    assert [held(one) for one in room.made] == shares
    assert [lease(one, a).term for one in room.made for a in sorted(held(one))] == terms


def test_an_account_that_is_worked_on_is_given_up_when_the_work_is_done(room: Room) -> None:
    first, second = room.replica("a", "b"), room.replica("a", "b")
    first.beat()
    second.beat()
    with first.at_work(AccountId("b")) as tenure:
        assert tenure == lease(first, "b")
        assert first.beat() == 1.0
        assert held(first) == {"a", "b"}
        assert lease(first, "b").term == tenure.term
    with first.at_work(AccountId("b")) as tenure:
        assert tenure is None
    room.passes(10, first, second)
    assert (held(first), held(second)) == ({"a"}, {"b"})


def test_one_that_leaves_is_not_waited_for(room: Room) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    second.beat()
    first.leave()
    assert held(first) == set()
    second.beat()
    assert held(second) == {"main"}
    with room.ledger.reading() as books:
        assert [r.replica for r in books.leases.replicas()] == ["r2"]


def test_an_account_that_only_one_knows_stays_there(room: Room) -> None:
    first, second = room.replica("a", "b"), room.replica("a")
    first.beat()
    room.passes(60, first, second)
    assert (held(first), held(second)) == ({"b"}, {"a"})


@pytest.mark.promise("P-replicas")
def test_older_time_zone_data_stand_by_and_say_so(room: Room) -> None:
    old = room.replica(zone_data="2026a")
    old.beat()
    assert held(old) == {"main"}
    new = room.replica(zone_data="2026c")
    room.passes(30, new, old)
    assert (held(old), held(new)) == (set(), {"main"})
    assert (old.office, old.me.standby) == (
        None,
        "time-zone data 2026a is older than 2026c of r2",
    )
    room.passes(120, old)
    assert (held(old), old.me.standby) == ({"main"}, "")


@pytest.mark.promise("S9")
def test_in_another_history_of_the_server_nobody_believes_a_lease_also_not_their_own(
    room: Room,
) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    second.beat()
    before = lease(first)
    room.ledger.timeline = "2"  # and the lease may have passed on in what was lost
    for one in (first, second):
        one.beat()
        assert held(one) == set()
    with pytest.raises(LeaseLost), room.ledger.writing() as books:
        first.fence(books, before)
    room.passes(40, first, second)
    assert held(first) | held(second) == set()
    room.passes(10, first, second)
    assert held(first) == {"main"}
    assert lease(first).shaken
    assert lease(first).quiet_until == pytest.approx(lease(first).since + TERMS.quiet)
    first.leave()
    second.beat()
    assert not lease(second).shaken


@pytest.mark.promise("S9")
def test_a_lease_that_is_missing_in_another_history_may_be_a_lost_one(room: Room) -> None:
    first = room.replica("a")
    first.beat()
    room.ledger.timeline = "2"
    second = room.replica("b")
    second.beat()
    assert held(second) == set()
    room.passes(50, second)
    assert held(second) == {"b"}
    assert lease(second, "b").shaken


def test_the_next_look_is_when_a_lease_may_run_out(room: Room) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    assert second.beat() == TERMS.renewal
    room.seconds += 40
    assert second.beat() == pytest.approx(5.0)


def test_those_who_were_silent_for_long_are_struck_from_the_list(room: Room) -> None:
    first, second = room.replica(), room.replica()
    first.beat()
    room.passes(460, second)
    with room.ledger.reading() as books:
        assert [r.replica for r in books.leases.replicas()] == ["r2"]


@pytest.mark.promise("F4")
@pytest.mark.parametrize(
    ("ahead", "took", "offset"),
    [(75, 0, 75), (-75, 0, -75), (0, 0, 0), (75, 5, 70), (-75, 5, -75), (3, 5, 0)],
)
def test_F4_a_beat_compares_our_clock_with_the_servers_however_long_it_takes_to_answer(
    room: Room, ahead: float, took: float, offset: float
) -> None:
    one = room.replica()

    def answers() -> datetime:
        asked_at = STARTS + timedelta(seconds=room.seconds)
        room.seconds += took
        return asked_at + timedelta(seconds=ahead)

    room.ledger.clock = answers
    one.beat()
    assert one.clock_offset is None, "its clock is not meant to be the server's"
    timed = Shared(room.ledger, room.clock, one.me, TERMS, by_real_time=True)
    timed.beat()
    assert timed.clock_offset == timedelta(seconds=offset)
    room.ledger.clock = None
    timed.beat()
    assert timed.clock_offset is None
