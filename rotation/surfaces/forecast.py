"""When the changes that are due will be done and proven, if no call fails.

The engine's way through its work in miniature: one call at a time, additions of a group before
its removals, a read before and after each change, and the account's own budget over all of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rotation.core import budget
from rotation.core.facts import Kind
from rotation.core.guard import FRESH
from rotation.core.roster import GroupId
from rotation.engine.drip import AHEAD

READ_BACK = 2.0
"""Seconds after a change at which the group is read for its effect."""
_FRESH, _AHEAD = FRESH.total_seconds(), AHEAD.total_seconds()
_NEVER, _FAR = float("-inf"), float("inf")


@dataclass(frozen=True, slots=True)
class Job:
    """One call that is to be made for a group, not before `after` (seconds from now).

    NOTICE and INVITE only count as requests; ADD and REMOVE have the drip and are proven.
    """

    group: GroupId
    kind: Kind
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Pace:
    """What bounds the calls of an account, and how long ago (seconds) its last ones ended.

    `call` is how long one call takes, in seconds.
    """

    drip: budget.Rule
    requests: budget.Rule
    sweeps: budget.Rule
    adds: tuple[float, ...] = ()
    removes: tuple[float, ...] = ()
    calls: tuple[float, ...] = ()
    call: float = 0.0


def finish_times(
    jobs: Sequence[Job], pace: Pace, last_read: Mapping[GroupId, float] | None = None
) -> list[float]:
    """For each job, in how many seconds it is done: proven if it changes a group, else sent.

    `last_read`: how many seconds ago a group was believed, if no change was tried since.
    """
    run = _Run(pace)
    rooms = [
        _Room(group, jobs, -(last_read or {}).get(group, -_NEVER))
        for group in dict.fromkeys(job.group for job in jobs)
    ]
    done: dict[int, float] = {}
    while open_rooms := [room for room in rooms if room.is_open]:
        run.first.clear()
        if not any(_advance(room, run, done) for room in _urgent_first(open_rooms, run.at)):
            run.at = min(room.wake for room in open_rooms)
    return [done[number] for number in range(len(jobs))]


@dataclass(slots=True)
class _Run:
    """The account's one line of calls: the time on it, and when each kind of call ended.

    `first` is the room that gets the next slot of a kind, of those that wait for one.
    """

    pace: Pace
    at: float = 0.0
    adds: list[float] = field(init=False)
    removes: list[float] = field(init=False)
    calls: list[float] = field(init=False)
    first: dict[Kind, GroupId] = field(default_factory=dict)

    def __post_init__(self) -> None:
        pace = self.pace
        self.adds, self.removes, self.calls = (
            [-age for age in ages] for ages in (pace.adds, pace.removes, pace.calls)
        )

    def wait(self, kind: Kind | None) -> float:
        waits = [self._wait(self.calls, self.pace.requests)]
        if (made := self._of(kind)) is not None:
            waits.append(self._wait(made, self.pace.drip))
        return max(waits)

    def wait_for_sweep(self) -> float:
        """A read that no step waits for leaves the rest of the requests to steps."""
        return self._wait(self.calls, self.pace.sweeps)

    def _wait(self, made: list[float], rule: budget.Rule) -> float:
        ages = [self.at - at for at in made[-rule.calls :]]
        since_last = ages[-1] + self.pace.call if ages else None
        return budget.wait(ages, rule, since_last).total_seconds()

    def _of(self, kind: Kind | None) -> list[float] | None:
        if kind is Kind.ADD:
            return self.adds
        return self.removes if kind is Kind.REMOVE else None

    def call(self, kind: Kind | None) -> float:
        """Make a call; returns when it began."""
        began = self.at
        self.at += self.pace.call
        self.calls.append(self.at)
        if (made := self._of(kind)) is not None:
            made.append(self.at)
        return began


class _Room:
    """One group: the jobs to do, those that a read must prove, and when it was last read."""

    def __init__(self, group: GroupId, jobs: Sequence[Job], read_at: float) -> None:
        self.group = group
        mine = [(n, j) for n, j in enumerate(jobs) if j.group == group]
        self.waiting = sorted(mine, key=lambda one: (_ORDER[one[1].kind], one[1].after))
        self.unproven: list[tuple[int, Job]] = []
        self.read_at = read_at
        self.changed_at = _NEVER
        self.is_covered = False
        self.wake = min(job.after for _, job in mine)
        self.rank = self.urgency

    @property
    def is_open(self) -> bool:
        return bool(self.waiting or self.unproven)

    @property
    def urgency(self) -> int:
        adding = any(j.kind is Kind.ADD for _, j in (*self.waiting[:1], *self.unproven))
        return 1 if adding and not self.is_covered else 2

    def next_job(self, at: float) -> tuple[int, Job] | None:
        """The first that may go now: nobody leaves while somebody is about to be added."""
        ready = next(((n, j) for n, j in self.waiting if j.after <= at), None)
        adding = any(j.kind is Kind.ADD for _, j in self.unproven)
        return None if ready is None or (adding and ready[1].kind is not Kind.ADD) else ready

    @property
    def proof_due(self) -> float:
        """When a read may show what was changed."""
        return self.changed_at + READ_BACK if self.unproven else _FAR

    def rest(self, until: float) -> None:
        self.wake, self.rank = until, self.urgency

    def awaits_read(self, job: Job) -> bool:
        """Whether nobody has looked at the group since the job came up."""
        return self.read_at < job.after

    def is_fresh(self, at: float) -> bool:
        return self.read_at >= self.changed_at and at - self.read_at <= _FRESH


_ORDER = {Kind.ADD: 0, Kind.INVITE: 1, Kind.NOTICE: 2, Kind.REMOVE: 3, Kind.TELL: 4, Kind.BRIEF: 5}


def _urgent_first(rooms: Iterable[_Room], at: float) -> list[_Room]:
    due = (room for room in rooms if room.wake <= at)
    return sorted(due, key=lambda room: (room.rank, -room.changed_at, room.wake, room.group))


def _advance(room: _Room, run: _Run, done: dict[int, float]) -> bool:
    """One call for the group, if one is due and fits; else when to look at it again."""
    job = room.next_job(run.at)
    slot = run.wait(job[1].kind) if job is not None else _FAR
    if job is not None and slot <= 0 and room.is_fresh(run.at):
        _send(room, run, job, done)
        return True
    proof = run.wait(None) if room.proof_due <= run.at else _FAR
    unseen = job is not None and room.awaits_read(job[1]) and run.wait_for_sweep() <= 0
    ahead = _until_read_ahead(room, run, job, slot)
    if (ahead <= 0 and run.wait(None) <= 0) or proof <= 0 or unseen:
        _read(room, run, done)
        return True
    waits = [j.after for _, j in room.waiting if j.after > run.at]
    waits += [room.proof_due] if room.proof_due > run.at else [run.at + proof]
    waits += [run.at + (ahead if ahead > 0 else run.wait(None))]
    room.rest(min([run.at + slot, *waits]))
    return False


def _until_read_ahead(room: _Room, run: _Run, job: tuple[int, Job] | None, slot: float) -> float:
    """How long until the group is to be read for a change that may leave in `slot`."""
    if job is None or slot <= 0:
        return slot
    if run.first.setdefault(job[1].kind, room.group) != room.group:
        return _FAR
    if slot > _AHEAD:
        return slot - _AHEAD
    return _FAR if room.is_fresh(run.at + slot) else 0.0


def _send(room: _Room, run: _Run, job: tuple[int, Job], done: dict[int, float]) -> None:
    run.call(job[1].kind)
    room.waiting.remove(job)
    room.wake = run.at
    if job[1].kind in (Kind.ADD, Kind.REMOVE):
        room.unproven.append(job)
        room.changed_at = run.at
        room.is_covered = room.is_covered or job[1].kind is Kind.ADD  # or is about to be
    else:
        done[job[0]] = run.at


def _read(room: _Room, run: _Run, done: dict[int, float]) -> None:
    """The group keeps its place: what the read is for comes next."""
    room.rank = room.urgency
    room.read_at = run.call(None)
    done.update((number, run.at) for number, _ in room.unproven)
    room.unproven.clear()
