"""What a read proves, and whose doing a change was."""
# ruff: noqa: N802 - a test is named by its row, as the row is written

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rotation.core.facts import Attempt, Because, Kind, Reading, Role, Seat, Seen
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Throttled
from rotation.core.proof import Change, Proof, Proven, believable, prove
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId

NOON = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
DESK, ANA, BEN = GroupId("desk"), PersonId("ana"), PersonId("ben")
BECAUSE = Because(Reason.SHIFT, "europe/2026-01-05/0", "r1")
FULL = {"refused": Refusal.FULL, "refused_key": BECAUSE.key}


def clock(seconds: float) -> datetime:
    return NOON + seconds * SECOND


def seat(seen: Seen, op: Kind | None = None, **more: object) -> Seat:
    """Ana's seat, last read at noon; what it works on, if anything, since then."""
    seat = Seat(DESK, ANA, seen, seen_at=NOON, op=op, key=BECAUSE.key if op else "")
    return replace(seat, op_since=NOON if op else None, **more)


def tried(
    kind: Kind, outcome: Outcome | None, sent: float = 1, ended: float | None = 2, number: int = 1
) -> Attempt:
    return Attempt(
        number, AccountId("main"), kind, DESK, ANA, BECAUSE, "r1", "z", "b1", sent, clock(sent),
        None if ended is None else clock(ended), outcome,
    )  # fmt: skip


def reading(*present: PersonId, at: float = 4, unresolved: int = 0) -> Reading:
    roles = dict.fromkeys(present, Role.MEMBER)
    return Reading(DESK, clock(at), clock(at + 1), roles, unresolved, we_are_admin=True)


def lay(
    before: Seat,
    read: Reading,
    *attempts: Attempt,
    resolvable: Collection[PersonId] = (),
    fewer: bool = False,
) -> tuple[Seat, tuple[Proof, ...]]:
    """Ana's seat after the read, and the changes it shows."""
    found: Proven = prove({ANA: before}, read, resolvable, {ANA: attempts}, fewer=fewer)
    return found.seats[ANA], found.changes


def change(changes: tuple[Proof, ...]) -> tuple[Change, bool, tuple[int, ...], bool]:
    (one,) = changes
    return one.change, one.now_in, one.attempts, one.strike


# -- what was seen -------------------------------------------------------------------------------


def test_a_read_says_who_is_in_and_in_what_role() -> None:
    read = Reading(DESK, clock(4), clock(5), {ANA: Role.ADMIN}, 0, we_are_admin=True)
    known = {ANA: seat(Seen.OUT), BEN: replace(seat(Seen.IN), person=BEN, role=Role.MEMBER)}
    found = prove(known, read, (), {}).seats
    assert (found[ANA].seen, found[ANA].role, found[ANA].seen_at) == (
        Seen.IN, Role.ADMIN, clock(4)
    )  # fmt: skip
    assert (found[BEN].seen, found[BEN].role, found[BEN].seen_at) == (Seen.OUT, None, clock(4))


def test_whoever_is_listed_gets_a_seat() -> None:
    found = prove({}, reading(BEN), (), {})
    assert (found.seats[BEN].seen, found.changes) == (Seen.IN, ())


def test_a_read_that_changes_nothing_proves_nothing_new() -> None:
    before = seat(Seen.IN, proven="add x")
    found, changes = lay(before, reading(ANA))
    assert (found, changes) == (replace(before, seen_at=clock(4), role=Role.MEMBER), ())


def test_an_older_read_changes_nothing() -> None:
    before = replace(seat(Seen.IN), seen_at=clock(3))
    assert lay(before, reading(at=2)) == (before, ())
    assert lay(before, reading(at=3)) == (before, ())


def test_after_the_clock_was_put_back_the_new_read_is_believed() -> None:
    before = replace(seat(Seen.IN), seen_at=clock(3600))
    found, changes = lay(before, reading(at=4))
    assert (found.seen, found.seen_at, len(changes)) == (Seen.OUT, clock(4), 1)


# -- whose doing it was --------------------------------------------------------------------------


@pytest.mark.promise("A2")
@pytest.mark.parametrize(
    ("before", "kind", "present"),
    [(Seen.OUT, Kind.ADD, (ANA,)), (Seen.IN, Kind.REMOVE, ())],
)
def test_an_accepted_attempt_whose_effect_is_read_is_proven(
    before: Seen, kind: Kind, present: tuple[PersonId, ...]
) -> None:
    waiting = seat(before, kind, settle_at=clock(92), retry_at=clock(12), tries=1)
    found, changes = lay(waiting, reading(*present), tried(kind, Accepted()))
    assert change(changes) == (Change.PROVEN, kind is Kind.ADD, (1,), False)
    assert found.proven == f"{kind} {BECAUSE.key}"
    assert (found.settle_at, found.retry_at) == (None, None)


@pytest.mark.promise("A4")
@pytest.mark.parametrize("outcome", [InDoubt(), None])
def test_an_effect_after_an_attempt_in_doubt_is_probably_ours(outcome: Outcome | None) -> None:
    doubtful = seat(Seen.IN, Kind.REMOVE, in_doubt=True, settle_at=clock(92))
    found, changes = lay(doubtful, reading(), tried(Kind.REMOVE, outcome))
    assert change(changes) == (Change.PROBABLY_OURS, False, (1,), False)
    assert (found.proven, found.in_doubt) == (f"remove {BECAUSE.key}", False)


def test_one_accepted_attempt_among_doubtful_ones_is_proof_enough() -> None:
    attempts = (
        tried(Kind.REMOVE, InDoubt()),
        tried(Kind.REMOVE, Accepted(), 100, 101, number=2),
    )
    _, changes = lay(seat(Seen.IN, Kind.REMOVE), reading(at=103), *attempts)
    assert change(changes) == (Change.PROVEN, False, (1, 2), False)


@pytest.mark.promise("A4")
@pytest.mark.parametrize(
    "outcome", [Refused(Refusal.BAD_REQUEST), Refused(Refusal.ABSENT), Throttled()]
)
def test_what_happened_after_a_no_was_not_our_doing(outcome: Outcome) -> None:
    found, changes = lay(seat(Seen.IN, Kind.REMOVE), reading(), tried(Kind.REMOVE, outcome))
    assert change(changes) == (Change.OBSERVED, False, (), False)
    assert found.proven == ""


def test_a_refusal_after_doubt_leaves_only_the_doubtful_attempt_to_thank() -> None:
    attempts = (
        tried(Kind.REMOVE, InDoubt()),
        tried(Kind.REMOVE, Refused(Refusal.ABSENT), 100, 101, number=2),
    )
    _, changes = lay(seat(Seen.IN, Kind.REMOVE), reading(at=103), *attempts)
    assert change(changes) == (Change.PROBABLY_OURS, False, (1,), False)


@pytest.mark.promise("A4")
def test_what_nobody_here_tried_is_observed() -> None:
    _, changes = lay(seat(Seen.OUT), reading(ANA))
    assert change(changes) == (Change.OBSERVED, True, (), False)


@pytest.mark.promise("A4")
def test_an_attempt_to_the_contrary_gets_no_credit() -> None:
    _, changes = lay(seat(Seen.IN, Kind.REMOVE), reading(), tried(Kind.ADD, Accepted()))
    assert change(changes) == (Change.OBSERVED, False, (), False)


@pytest.mark.promise("A2")
@pytest.mark.parametrize("ended", [3.5, None])
def test_a_read_begun_before_the_attempt_ended_proves_nothing(ended: float | None) -> None:
    waiting = seat(Seen.IN, Kind.REMOVE)
    overlapping = tried(Kind.REMOVE, None if ended is None else Accepted(), ended=ended)
    assert lay(waiting, reading(at=3), overlapping) == (waiting, ())
    later = tried(Kind.REMOVE, Accepted(), ended=3.5)
    _, changes = lay(waiting, reading(at=3.5), later)
    assert change(changes) == (Change.PROVEN, False, (1,), False)


# -- late effects --------------------------------------------------------------------------------


@pytest.mark.promise("C6")
def test_an_attempt_that_lands_after_it_was_given_up_is_late() -> None:
    """The removal was in doubt; ana is on duty again since, and now she is out after all."""
    doubtful = seat(Seen.IN, in_doubt=True, settle_at=clock(92), watch_until=clock(902))
    found, changes = lay(doubtful, reading(at=30))
    assert change(changes) == (Change.LATE, False, (), False)
    assert found.in_doubt is False


def test_a_late_effect_names_the_attempts_it_may_come_from() -> None:
    wanted_again = seat(Seen.IN, Kind.ADD)
    _, changes = lay(wanted_again, reading(), tried(Kind.REMOVE, Accepted()))
    assert change(changes) == (Change.LATE, False, (1,), False)


def test_after_the_watch_an_effect_is_somebody_elses() -> None:
    watched = seat(Seen.IN, watch_until=clock(900))
    last, changes = lay(watched, reading(at=900))
    assert (change(changes)[0], last.watch_until) == (Change.LATE, clock(900))
    found, changes = lay(watched, reading(at=901))
    assert change(changes)[0] is Change.OBSERVED
    assert found.watch_until is None


@pytest.mark.promise("A4")
def test_who_leaves_right_after_a_doubtful_add_has_landed_left_by_themselves() -> None:
    adding = seat(Seen.OUT, Kind.ADD, in_doubt=True, settle_at=clock(92), watch_until=clock(902))
    inside, _ = lay(adding, reading(ANA), tried(Kind.ADD, InDoubt()))
    found, changes = lay(replace(inside, op=None, op_since=None), reading(at=300))
    assert change(changes) == (Change.OBSERVED, False, (), True)
    assert found.strikes == 1


def test_while_two_attempts_are_in_doubt_the_watch_goes_on() -> None:
    leaving = seat(Seen.IN, Kind.REMOVE, in_doubt=True, watch_until=clock(1000))
    attempts = (
        tried(Kind.REMOVE, InDoubt()),
        tried(Kind.REMOVE, InDoubt(), 98, 100, number=2),
    )
    found, changes = lay(leaving, reading(at=103), *attempts)
    assert change(changes) == (Change.PROBABLY_OURS, False, (1, 2), False)
    assert found.watch_until == clock(1000)


def test_the_doubt_ends_with_a_read_after_the_quiet_time() -> None:
    doubtful = seat(Seen.IN, Kind.REMOVE, in_doubt=True, settle_at=clock(92))
    early, late = (lay(doubtful, reading(ANA, at=at))[0] for at in (91, 92))
    assert (early.in_doubt, late.in_doubt) == (True, False)


def test_doubt_without_a_quiet_time_does_not_last_for_ever() -> None:
    assert lay(seat(Seen.IN, in_doubt=True), reading(ANA))[0].in_doubt is False


# -- strikes -------------------------------------------------------------------------------------


def test_E_14_who_leaves_after_being_added_counts_as_a_strike() -> None:
    found, changes = lay(seat(Seen.IN, proven=f"add {BECAUSE.key}", strikes=1), reading())
    assert change(changes) == (Change.OBSERVED, False, (), True)
    assert found.strikes == 2


def test_E_15_who_comes_back_after_being_removed_counts_as_a_strike() -> None:
    found, changes = lay(seat(Seen.OUT, proven=f"remove {BECAUSE.key}"), reading(ANA))
    assert change(changes) == (Change.OBSERVED, True, (), True)
    assert found.strikes == 1


@pytest.mark.parametrize(
    ("before", "proven", "present"),
    [
        (Seen.IN, "", ()),
        (Seen.IN, "remove x", ()),
        (Seen.OUT, "add x", (ANA,)),
        (Seen.UNKNOWN, "add x", ()),
        (Seen.UNKNOWN, "remove x", (ANA,)),
        (Seen.IN, "remove x", (ANA,)),
        (Seen.OUT, "add x", ()),
    ],
)
def test_only_undoing_what_was_proven_is_a_strike(
    before: Seen, proven: str, present: tuple[PersonId, ...]
) -> None:
    assert lay(seat(before, proven=proven), reading(*present))[0].strikes == 0


def test_who_came_by_the_invite_is_no_longer_refused() -> None:
    refused = {"refused": Refusal.PRIVACY, "refused_key": BECAUSE.key}
    found, changes = lay(seat(Seen.OUT, Kind.ADD, **refused), reading(ANA))
    assert (found.refused, found.refused_key) == (None, "")
    assert change(changes) == (Change.OBSERVED, True, (), False)


def test_a_full_group_has_room_again_once_the_list_is_shorter() -> None:
    waiting = seat(Seen.OUT, Kind.ADD, **FULL)
    assert lay(waiting, reading())[0].refused is Refusal.FULL
    freed = lay(waiting, reading(), fewer=True)[0]
    assert (freed.refused, freed.refused_key) == (None, "")
    private = replace(waiting, refused=Refusal.PRIVACY)
    assert lay(private, reading(), fewer=True)[0].refused is Refusal.PRIVACY


# -- ids that match no number --------------------------------------------------------------------


@pytest.mark.promise("F18")
@pytest.mark.parametrize("before", list(Seen))
def test_E_18_while_ids_are_unresolved_nobody_is_absent(before: Seen) -> None:
    found, changes = lay(seat(before, Kind.REMOVE), reading(unresolved=1))
    assert (found.seen, found.role) == (Seen.UNKNOWN, None)
    assert [c.change for c in changes] == []


def test_E_18_who_is_known_by_every_id_can_be_absent() -> None:
    found, _ = lay(seat(Seen.IN), reading(unresolved=1), resolvable=[ANA])
    assert found.seen is Seen.OUT


def test_E_18_an_attempt_is_not_proven_by_a_list_that_hides_who_is_in() -> None:
    found, changes = lay(
        seat(Seen.IN, Kind.REMOVE, settle_at=clock(92)),
        reading(unresolved=2),
        tried(Kind.REMOVE, Accepted()),
    )
    assert (found.proven, found.settle_at, changes) == ("", clock(92), ())


def test_first_sight_of_somebody_is_no_change() -> None:
    assert lay(seat(Seen.UNKNOWN), reading(ANA))[1] == ()
    assert lay(seat(Seen.UNKNOWN), reading())[1] == ()


def test_first_sight_after_our_attempt_is_its_proof() -> None:
    _, changes = lay(seat(Seen.UNKNOWN, Kind.ADD), reading(ANA), tried(Kind.ADD, Accepted()))
    assert change(changes) == (Change.PROVEN, True, (1,), False)


@pytest.mark.promise("A4")
def test_an_add_that_did_not_help_is_not_recorded_as_somebodys_removal() -> None:
    doubt = {"in_doubt": True, "settle_at": clock(92), "watch_until": clock(900)}
    adding = seat(Seen.UNKNOWN, Kind.ADD, **doubt)
    found, changes = lay(adding, reading(), tried(Kind.ADD, InDoubt()))
    assert (found.seen, found.in_doubt, changes) == (Seen.OUT, True, ())


# -- lists nobody should believe -----------------------------------------------------------------


@pytest.mark.promise("F17")
@pytest.mark.parametrize(
    ("members", "last_size", "believed"),
    [
        (0, None, False),
        (0, 5, False),
        (1, None, True),
        (6, 10, True),
        (5, 10, False),
        (4, 10, False),
    ],
)
def test_E_17_an_empty_or_halved_list_is_not_believed(
    members: int, last_size: int | None, *, believed: bool
) -> None:
    assert believable(members, last_size, None, NOON) is believed


@pytest.mark.promise("F17")
def test_E_17_a_halved_list_is_believed_when_a_minute_later_it_is_still_so() -> None:
    assert not believable(4, 10, NOON, clock(59))
    assert believable(4, 10, NOON, clock(60))


def test_E_17_an_empty_list_is_never_believed() -> None:
    assert not believable(0, 10, NOON, clock(600))


# -- for any seat and any history ----------------------------------------------------------------

KINDS = st.sampled_from([Kind.ADD, Kind.REMOVE])
OUTCOMES = st.sampled_from(
    [None, Accepted(), InDoubt(), Throttled(), Refused(Refusal.PRIVACY), Refused(Refusal.ABSENT)]
)


@st.composite
def histories(draw: st.DrawFn) -> tuple[Seat, tuple[Attempt, ...], Reading]:
    ends = sorted(draw(st.lists(st.integers(1, 60), max_size=3)))
    attempts = tuple(
        tried(draw(KINDS), draw(OUTCOMES), end - 1, end, n) for n, end in enumerate(ends, 1)
    )
    before = seat(
        draw(st.sampled_from(Seen)),
        draw(st.sampled_from([None, Kind.ADD, Kind.REMOVE])),
        in_doubt=draw(st.booleans()),
        settle_at=draw(st.sampled_from([None, clock(30), clock(92)])),
        watch_until=draw(st.sampled_from([None, clock(30), clock(900)])),
        proven=draw(st.sampled_from(["", "add x", "remove x"])),
    )
    present = draw(st.sampled_from([(), (ANA,)]))
    read = reading(*present, at=draw(st.integers(1, 120)), unresolved=draw(st.integers(0, 1)))
    return before, attempts, read


@pytest.mark.promise("A2", "A4")
@pytest.mark.slow
@settings(max_examples=300)
@given(histories())
def test_credit_is_taken_only_for_what_was_tried_ended_and_seen(
    history: tuple[Seat, tuple[Attempt, ...], Reading],
) -> None:
    before, attempts, read = history
    after, changes = lay(before, read, *attempts)
    wished = Kind.ADD if ANA in read.present else Kind.REMOVE
    able = [
        a.id
        for a in attempts
        if a.kind is wished and (a.outcome is None or isinstance(a.outcome, Accepted | InDoubt))
    ]
    in_flight = [
        a for a in attempts if a.ended_at is None or read.began_at < a.ended_at <= read.ended_at
    ]
    if in_flight:
        assert (after, changes) == (before, ())
    for one in changes:
        assert one.now_in is (ANA in read.present)
        assert list(one.attempts) in ([], able)
        if one.change in (Change.PROVEN, Change.PROBABLY_OURS):
            assert able
            assert before.op is wished
        if one.change is Change.PROVEN:
            assert any(isinstance(a.outcome, Accepted) for a in attempts if a.id in able)
    if read.unresolved and ANA not in read.present and not in_flight:
        assert (after.seen, changes) == (Seen.UNKNOWN, ())
