"""What goes in comes out: every value the ledger keeps, as it was given."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rotation.core.facts import (
    AccountState,
    Because,
    Effect,
    GroupState,
    HandoverRow,
    Kind,
    Role,
    Seat,
    Seen,
)
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId, Roster
from rotation.ledger import Books, Ledger, in_memory

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NAME = st.text("abcdefgh-", min_size=1, max_size=8)
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))
FIRST, LAST = map(datetime.fromisoformat, ("1970-01-02", "9999-12-30"))
INSTANT = st.datetimes(FIRST, LAST, timezones=ZONES)
MAYBE = st.none() | INSTANT
GROUPS, PEOPLE, ACCOUNTS = NAME.map(GroupId), NAME.map(PersonId), NAME.map(AccountId)
COUNT = st.integers(0, 2**31 - 1)
LENGTH = st.timedeltas(timedelta(0), timedelta(days=400))

OUTCOMES: st.SearchStrategy[Outcome] = st.one_of(
    st.builds(Accepted, TEXT),
    st.builds(Throttled, st.none() | LENGTH, TEXT),
    st.builds(Refused, st.sampled_from(Refusal), TEXT, st.none() | TEXT),
    st.builds(InDoubt, TEXT),
)
BECAUSE = st.builds(Because, st.sampled_from(Reason), TEXT, TEXT, MAYBE, MAYBE)
SEATS = st.builds(
    Seat,
    group=GROUPS,
    person=PEOPLE,
    seen=st.sampled_from(Seen),
    role=st.none() | st.sampled_from(Role),
    seen_at=MAYBE,
    managed_since=MAYBE,
    op=st.none() | st.sampled_from(Kind),
    op_since=MAYBE,
    key=TEXT,
    tries=COUNT,
    retry_at=MAYBE,
    settle_at=MAYBE,
    in_doubt=st.booleans(),
    watch_until=MAYBE,
    refused=st.none() | st.sampled_from(Refusal),
    refused_key=TEXT,
    proven=TEXT,
    strikes=COUNT,
)
STATES = st.builds(
    GroupState,
    group=GROUPS,
    account=ACCOUNTS,
    due=INSTANT,
    rank=st.integers(0, 9),
    read_began_at=MAYBE,
    read_ended_at=MAYBE,
    mutated_at=MAYBE,
    we_are_admin=st.none() | st.booleans(),
    size=st.none() | COUNT,
    unresolved=COUNT,
    suspicious_since=MAYBE,
    hold=st.none() | st.sampled_from(Hold),
    hold_since=MAYBE,
    hold_detail=TEXT,
    probe_at=MAYBE,
    recorded_until=MAYBE,
)
ACCOUNT_STATES = st.builds(
    AccountState,
    account=ACCOUNTS,
    paused_until=MAYBE,
    paused_why=st.none() | st.sampled_from(Hold),
    paused_since=MAYBE,
    detail=TEXT,
    session=TEXT,
    own=st.frozensets(NAME, max_size=3),
    own_checked_at=MAYBE,
    clock_offset=st.none() | st.floats(-1e6, 1e6),
    throttles=COUNT,
)
HANDOVERS = st.builds(
    HandoverRow,
    group=GROUPS,
    at=INSTANT,
    incoming=st.lists(PEOPLE, max_size=3).map(tuple),
    outgoing=st.lists(PEOPLE, max_size=3).map(tuple),
    roster=TEXT,
    zone_data=TEXT,
    recorded_at=INSTANT,
    proven_at=MAYBE,
    missed=st.booleans(),
)


@pytest.fixture(scope="module")
def shared(kind: str, request: pytest.FixtureRequest) -> Iterator[Ledger]:
    """One ledger for all examples of a property; each example rolls its writes back."""
    if kind == "sqlite":
        found = in_memory()
        yield found
        found.close()
        return
    with request.getfixturevalue("postgres").database() as url:
        found = Ledger(url)
        yield found
        found.close()


class Undo(Exception):  # noqa: N818 - no error: it only ends a transaction
    """Raised to leave nothing behind."""


def undone(ledger: Ledger, check: Callable[[Books], None]) -> None:
    with suppress(Undo), ledger.writing() as books:
        check(books)
        raise Undo


@given(SEATS, SEATS)
def test_a_seat_comes_back_as_it_was_saved(shared: Ledger, first: Seat, second: Seat) -> None:
    def check(books: Books) -> None:
        books.seats.save(first)
        books.seats.save(first, second)
        assert books.seats.of(second.group)[second.person] == second
        assert second in books.seats.all()

    undone(shared, check)


@given(STATES)
def test_a_group_state_comes_back_as_it_was_saved(shared: Ledger, state: GroupState) -> None:
    def check(books: Books) -> None:
        books.groups.save(state)
        assert books.groups.state(state.group) == state

    undone(shared, check)


@given(ACCOUNT_STATES, ACCOUNT_STATES)
def test_an_account_state_comes_back_as_it_was_saved(
    shared: Ledger, first: AccountState, second: AccountState
) -> None:
    def check(books: Books) -> None:
        books.accounts.save(first)
        books.accounts.save(second)
        assert books.accounts.state(second.account) == second

    undone(shared, check)


@given(BECAUSE, OUTCOMES, INSTANT, INSTANT, st.floats(0, 1e9))
def test_an_attempt_comes_back_with_its_reason_and_outcome(
    shared: Ledger,
    because: Because,
    outcome: Outcome,
    sent_at: datetime,
    ended_at: datetime,
    uptime: float,
) -> None:
    def check(books: Books) -> None:
        begun = books.attempts.begin(
            account=AccountId("main"),
            kind=Kind.ADD,
            group=None,
            person=PersonId("ana"),
            because=because,
            roster="r",
            zone_data="z",
            boot="b",
            uptime=uptime,
            sent_at=sent_at,
        )
        assert books.attempts.get(begun.id) == begun
        books.attempts.end(begun.id, outcome, ended_at)
        ended = books.attempts.get(begun.id)
        assert ended is not None
        assert (ended.outcome, ended.ended_at, ended.because) == (outcome, ended_at, because)

    undone(shared, check)


@given(INSTANT, MAYBE, st.booleans(), TEXT, st.sampled_from(Effect))
def test_a_grant_comes_back_as_it_was_made(
    shared: Ledger,
    starts: datetime,
    until: datetime | None,
    duty: bool,  # noqa: FBT001 - drawn, not passed
    text: str,
    effect: Effect,
) -> None:
    def check(books: Books) -> None:
        made = books.grants.make(
            group=GroupId("desk"),
            person=PersonId("ana"),
            effect=effect,
            starts=starts,
            until=until,
            duty=duty,
            reason=text,
            author="mara",
            now=starts,
        )
        assert (made.starts, made.until, made.duty) == (starts, until, duty)
        assert (made.reason, made.effect, made.ended_at) == (text, effect, None)
        assert books.grants.get(made.id) == made

    undone(shared, check)


@given(HANDOVERS)
def test_a_handover_comes_back_as_it_was_recorded(shared: Ledger, row: HandoverRow) -> None:
    def check(books: Books) -> None:
        books.handovers.record(row)
        assert books.handovers.of(row.group) == [row]

    undone(shared, check)


@given(st.lists(INSTANT, min_size=2, max_size=6))
def test_instants_sort_in_the_ledger_as_they_do_in_time(
    shared: Ledger, instants: list[datetime]
) -> None:
    def check(books: Books) -> None:
        for n, due in enumerate(instants):
            books.groups.save(GroupState(GroupId(str(n)), AccountId("main"), due))
        soonest = books.groups.next_due(AccountId("main"), min(instants) - timedelta(seconds=1))
        assert soonest is not None
        assert soonest.due == min(instants)

    undone(shared, check)


def test_what_comes_back_is_in_utc(books: Books) -> None:
    noon_in_manila = datetime(2026, 1, 5, 12, tzinfo=timezone(timedelta(hours=8)))
    books.groups.save(GroupState(GroupId("desk"), AccountId("main"), noon_in_manila))
    found = books.groups.state(GroupId("desk"))
    assert found is not None
    assert found.due.isoformat() == "2026-01-05T04:00:00+00:00"
    assert found.due.tzinfo is UTC


def test_an_instant_without_a_zone_is_refused(ledger: Ledger) -> None:
    naive = datetime(2026, 1, 5, 12)  # noqa: DTZ001 - what this test is about
    with pytest.raises(ValueError, match="without a time zone"), ledger.writing() as books:
        books.groups.save(GroupState(GroupId("desk"), AccountId("main"), naive))


def test_a_roster_comes_back_as_it_was_adopted(
    books: Books, roster: Callable[..., Roster], now: datetime
) -> None:
    written = roster(ana="+351911111111", ben="+351922222222")
    books.rosters.adopt(written, "d1", now, "2026b")
    assert books.rosters.in_force() == ("d1", written)
