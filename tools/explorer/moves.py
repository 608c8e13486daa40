"""What can happen next: every way in which a tick, a call, a list or a process can go.

The transitions that matter are the core's own: `decide`, `guard.check`, `answer.after` and `prove`
are called as the engine calls them, and may be exchanged to see that a mistake would be found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from desk import ACCOUNT, DEADLINE, GROUP, PEOPLE, Desk
from judge import Judge
from state import Books, Call, Coming, Replica, State, World

from rotation.core import answer, guard
from rotation.core import proof as proofs
from rotation.core.decide import Decision, Step, decide
from rotation.core.difference import GroupFacts
from rotation.core.facts import Attempt, Because, Kind, Reading, Seat
from rotation.core.guard import Breach, Evidence
from rotation.core.holds import Hold
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused
from rotation.core.roster import PersonId

SECOND = timedelta(seconds=1)
LEASE = timedelta(seconds=45)
RENEWED = timedelta(seconds=20)
"""A holder renews its lease at the latest when so much of it has passed."""
STALL = timedelta(seconds=25)
"""A process that is paused between its decision and its guard: its evidence is still fresh."""
LANDS = timedelta(seconds=100)
"""A late effect comes after the quiet time, when the call may have been repeated."""
AGAIN = timedelta(minutes=1)
"""After a refusal by the guard; the engine waits as long."""
DOWN = (timedelta(seconds=5), timedelta(seconds=120))
"""Back within the lease, or long after somebody else has taken over."""
UNREAD = timedelta(seconds=30)

Move = tuple[str, State]


@dataclass(frozen=True, slots=True)
class Core:
    """The parts of the core that are explored."""

    decide: Callable[[GroupFacts, datetime], Decision] = decide
    check: Callable[[Kind, PersonId, Because, Evidence, datetime], Breach | None] = guard.check
    after: Callable[[Seat, Because, Kind, Outcome, datetime], Seat] = answer.after
    prove: Callable[..., proofs.Proven] = proofs.prove


@dataclass(frozen=True, slots=True)
class _Way:
    """One way for a call to go: its answer, when that comes, and when it acts (None: never)."""

    name: str
    outcome: Outcome
    takes: timedelta = SECOND
    acts: timedelta | None = SECOND
    late: bool = False


_WELL = _Way("goes well", Accepted())
_BADLY = (
    _Way("is lost", InDoubt(), acts=None),
    _Way("acts, and its answer is lost", InDoubt()),
    _Way("acts late", InDoubt(), acts=LANDS, late=True),
    _Way("is accepted and does nothing", Accepted(), acts=None),
    _Way("is refused", Refused(Refusal.BAD_REQUEST), acts=None),
    _Way("takes all of its time", Accepted(), takes=DEADLINE - SECOND, acts=DEADLINE - SECOND),
)


class Moves:
    """Everything that can follow a state, over one desk and under one judge."""

    def __init__(self, desk: Desk, core: Core, judge: Judge) -> None:
        self._desk, self._core, self._judge = desk, core, judge

    def following(self, state: State) -> Iterator[Move]:
        """Whoever is due first acts; when several are, either may."""
        due = [_due(state, number) for number in range(len(state.replicas))]
        now = max(state.now, min(due))
        at = replace(state, now=now, world=self._landed(state.world, now))
        for number, when in enumerate(due):
            if when == min(due):
                for name, then in self._acts(at, number):
                    yield f"{now:%H:%M:%S} {'AB'[number]} {name}", then

    def _landed(self, world: World, now: datetime) -> World:
        """What was to take effect by now has."""
        for effect in [c for c in world.coming if c.at <= now]:
            self._judge.lands(world, effect)
            who = {effect.person}
            inside = world.inside | who if effect.kind is Kind.ADD else world.inside - who
            left = tuple(c for c in world.coming if c != effect)
            before = world.before if inside == world.inside else world.inside
            world = replace(world, inside=inside, before=before, coming=left)
        return world

    def _acts(self, state: State, number: int) -> Iterator[Move]:
        replica = state.replicas[number]
        if replica.call is not None:
            yield "hears", self._heard(state, number, replica.call)
        elif replica.down:
            back = Replica(state.now, state.now, knows=False)
            yield "is back", state.with_replica(number, back)
        elif replica.stalled is not None:
            awake = state.with_replica(number, replace(replica, stalled=None))
            yield from self._change(awake, number, replica.stalled)
        elif state.books.holder == number or state.books.until <= state.now:
            yield from self._tick(self._holding(state, number), number)
        else:
            raise AssertionError("a replica without the lease is never due")

    def _holding(self, state: State, number: int) -> State:
        """With the lease taken or renewed, and what an earlier life left open in doubt."""
        books, replica, now = state.books, state.replicas[number], state.now
        if books.holder != number or not replica.knows:
            books = self._recovered(books, now)
        fresh = books.holder == number and books.until - now > LEASE - RENEWED
        until = books.until if fresh else now + LEASE
        self._judge.takes(state, number)
        books = replace(books, holder=number, until=until)
        ready = replace(replica, trusted=until, knows=True)
        return replace(state, books=books).with_replica(number, ready)

    def _recovered(self, books: Books, now: datetime) -> Books:
        for attempt in books.attempts:
            if attempt.ended_at is None:
                books = self._settled(books, attempt, InDoubt("the process ended"), now)
        return books

    # A tick

    def _tick(self, state: State, number: int) -> Iterator[Move]:
        books, now = state.books, state.now
        facts = self._desk.facts(books.by_person(), books.group, books.said, now)
        decision = self._core.decide(facts, now)
        state = replace(state, books=books.saving(*decision.seats))
        step = decision.first_ready(now)
        mutated_at = books.group.mutated_at
        if mutated_at is not None and mutated_at >= now:
            yield "lets a moment pass", _rests(state, number, now + SECOND)
        elif step is not None and _fresh(books, now):
            yield from self._step(state, number, step)
        elif step is not None or decision.read_at <= now:
            yield from self._read(state, number)
        else:
            until = max(decision.look_at, now + SECOND)
            yield "rests", _rests(state, number, min(until, books.until - LEASE + RENEWED))

    def _step(self, state: State, number: int, step: Step) -> Iterator[Move]:
        if step.kind is Kind.NOTICE:
            yield from self._notice(state, number, step)
            return
        yield from self._change(state, number, step)
        if state.faults:
            stalled = replace(state.replicas[number], wakes=state.now + STALL, stalled=step)
            spent = replace(state, faults=state.faults - 1)
            yield f"stalls before it can {_about(step)}", spent.with_replica(number, stalled)

    def _notice(self, state: State, number: int, step: Step) -> Iterator[Move]:
        """Claimed first, then said; a crash in between leaves it unsaid for ever."""
        claims = ((Kind.NOTICE, p, key, state.now) for p, key in step.occurrences.items())
        books = replace(state.books, said=(*state.books.said, *claims))
        claimed = replace(state, books=books)
        sent = (*state.world.sent, *step.occurrences.items())
        self._judge.says(state, step)
        said = replace(claimed, world=replace(state.world, sent=sent))
        yield _about(step), _rests(said, number, state.now + SECOND)
        yield from _crashes(claimed, number, f"dies before it can {_about(step)}")
        yield from _crashes(said, number, f"dies right after {_about(step)}")

    def _change(self, state: State, number: int, step: Step) -> Iterator[Move]:
        """Guard, attempt, call: the one choke point."""
        books, now, replica = state.books, state.now, state.replicas[number]
        key = (Kind.NOTICE, step.person, step.because.key)
        notice_at = next((at for *about, at in books.said if tuple(about) == key), None)
        evidence = self._desk.evidence(
            books.by_person(), books.group, notice_at, replica.trusted, now
        )
        breach = self._core.check(step.kind, step.person, step.because, evidence, now)
        if breach is not None:
            yield (
                f"is refused by {breach.rule} to {_about(step)}",
                _rests(state, number, now + AGAIN),
            )
            return
        attempt = Attempt(
            id=max((a.id for a in books.attempts), default=0) + 1, account=ACCOUNT,
            kind=step.kind, group=GROUP, person=step.person, because=step.because, roster="r1",
            zone_data="z", boot="b1", uptime=0.0, sent_at=now,
        )  # fmt: skip
        written = replace(state, books=replace(books, attempts=(*books.attempts, attempt)))
        self._judge.sends(written, number, attempt)
        yield from _crashes(written, number, f"dies before it can {_about(step)}")
        for way in (_WELL, *(_BADLY if state.faults else ())):
            sent = _sent(written, number, attempt, way)
            yield f"calls to {_about(step)}: {way.name}", sent
            if way is _WELL:
                yield from _crashes(sent, number, f"dies right after its call to {_about(step)}")

    def _heard(self, state: State, number: int, call: Call) -> State:
        attempt = next(a for a in state.books.attempts if a.id == call.attempt)
        books = self._settled(state.books, attempt, call.outcome, state.now)
        after = replace(state.replicas[number], call=None, wakes=state.now)
        return replace(state, books=books).with_replica(number, after)

    def _settled(self, books: Books, attempt: Attempt, outcome: Outcome, now: datetime) -> Books:
        """The attempt with its end, and what that says of the seat."""
        ended = replace(attempt, ended_at=now, outcome=outcome)
        attempts = tuple(ended if a.id == attempt.id else a for a in books.attempts)
        person = attempt.person or PEOPLE[0]
        seat = self._core.after(books.seat(person), attempt.because, attempt.kind, outcome, now)
        group = replace(books.group, mutated_at=now)
        return replace(books, attempts=attempts, group=group).saving(seat)

    # A list

    def _read(self, state: State, number: int) -> Iterator[Move]:
        world = state.world
        yield "reads", self._listed(state, number, world.inside)
        if not state.faults:
            return
        spent = replace(state, faults=state.faults - 1)
        if world.before != world.inside:
            misled = replace(spent, world=replace(world, misled=True))
            yield "reads an old list", self._listed(misled, number, world.before)
        probe = replace(
            state.books.group, hold=Hold.UNLISTED, hold_since=state.now, probe_at=state.now + UNREAD
        )
        unread = replace(spent, books=replace(state.books, group=probe))
        yield "can't read", _rests(unread, number, state.now + SECOND)

    def _listed(self, state: State, number: int, people: frozenset[PersonId]) -> State:
        began, ended = state.now, state.now + SECOND
        books = state.books
        reading = Reading(GROUP, began, ended, self._desk.present(people), 0, we_are_admin=True)
        tried = {p: t for p in PEOPLE if (t := _tried(books, p))}
        proven = self._core.prove(books.by_person(), reading, frozenset(PEOPLE), tried)
        group = replace(
            books.group, read_began_at=began, read_ended_at=ended, we_are_admin=True,
            size=len(people) + 2, hold=None, hold_since=None, probe_at=None,
        )  # fmt: skip
        books = _pruned(replace(books, group=group).saving(*proven.seats.values()))
        world = replace(state.world, shown=(ended, people))
        return _rests(replace(state, books=books, world=world), number, ended)


def _due(state: State, number: int) -> datetime:
    """When a replica acts next; one without the lease waits for its end."""
    replica = state.replicas[number]
    if replica.call is not None:
        return replica.call.ends
    if replica.down or replica.stalled is not None or state.books.holder == number:
        return replica.wakes
    return max(replica.wakes, state.books.until)


def _rests(state: State, number: int, until: datetime) -> State:
    return state.with_replica(number, replace(state.replicas[number], wakes=until))


def _crashes(state: State, number: int, name: str) -> Iterator[Move]:
    if not state.crashes:
        return
    spent = replace(state, crashes=state.crashes - 1)
    for down in DOWN:
        dead = Replica(state.now + down, state.now, down=True)
        yield f"{name}, for {down.seconds} s", spent.with_replica(number, dead)


def _sent(state: State, number: int, attempt: Attempt, way: _Way) -> State:
    """The call has left: what it will do is on its way, and so is its answer."""
    world = replace(state.world, shown=None)
    if way.acts is not None:
        effect = Coming(state.now + way.acts, attempt.kind, attempt.person or PEOPLE[0], way.late)
        world = replace(world, coming=(*world.coming, effect))
    call = Call(attempt.id, state.now + way.takes, way.outcome)
    faults = state.faults - (way is not _WELL)
    busy = replace(state.replicas[number], call=call)
    return replace(state, world=world, faults=faults).with_replica(number, busy)


def _fresh(books: Books, now: datetime) -> bool:
    began, ended = books.group.read_began_at, books.group.read_ended_at
    mutated_at = books.group.mutated_at
    if began is None or ended is None or (mutated_at is not None and began <= mutated_at):
        return False
    return now - ended <= guard.FRESH


def _tried(books: Books, person: PersonId) -> tuple[Attempt, ...]:
    """What may show its effect now, as the engine chooses it."""
    seat = books.seat(person)
    mine = [a for a in books.attempts if a.person == person]
    if seat.op_since is not None:
        return tuple(a for a in mine if a.sent_at >= seat.op_since)
    return tuple(mine) if seat.watch_until is not None else ()


def _pruned(books: Books) -> Books:
    """Without the attempts that nobody will ask for again, so that equal states are equal."""
    kept = tuple(
        a
        for a in books.attempts
        if a.ended_at is None
        or (seat := books.seat(a.person or PEOPLE[0])).op_since is not None
        or seat.watch_until is not None
    )
    return replace(books, attempts=kept)


def _about(step: Step) -> str:
    return f"{step.kind.value} {' and '.join(step.people)}"
