"""One look at the groups of an account: which of them has something to be done, and what.

A look is one transaction. It goes through the groups that are due, the most urgent first, writes
down what follows from their facts, and stops at the first errand.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice

from rotation.core import cover
from rotation.core.decide import (
    RANK_ADD,
    RANK_LEAVER,
    RANK_SHIFT_END,
    RANK_SWEEP,
    Decision,
    Step,
    owes_a_read,
)
from rotation.core.facts import GroupState, Kind, Moment, Seat
from rotation.core.guard import FRESH
from rotation.core.holds import Hold
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.core.wanted import BEHIND
from rotation.engine import (
    damaged,
    dropped,
    handovers,
    lasting,
    silent,
    tickets,
    warnings,
    weekly,
)
from rotation.engine.acquaint import A_MOMENT
from rotation.engine.drip import AHEAD, Drip
from rotation.engine.errands import Errand, LearnLid, Read, Rest, Send
from rotation.engine.farewell import note_end, owed
from rotation.engine.gather import Ground, GroupView, view_from
from rotation.engine.rules import Event
from rotation.engine.telling import LISTEN, Telling
from rotation.ledger import Books, Unreadable

MOST_AT_ONCE = 512
"""Groups that are asked for together; the first one is asked for alone, as it often has work."""
MANY, AT_ONCE = 8, 64
"""From so many on groups are looked at so many at once, as far as the ledger is asked."""
BURST, CALM = timedelta(seconds=2), timedelta(seconds=30)
"""How long webhooks about a group may go on before it is read for them all; and how long after a
read it is not read again for any that came since."""
LONG_AGO = timedelta(days=1)
"""Since when what a person asks for is told; nothing that webhooks tell waits for as long."""
_NOW, _NEVER = timedelta(0), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Look:
    """What all groups of an account are weighed with, at one moment.

    `ask_again`: from when the chat may be asked again for a person's hidden id.
    """

    books: Books
    ground: Ground
    drip: Drip
    now: Moment
    zone_data: str
    telling: Telling
    ask_again: Mapping[PersonId, datetime]
    watch: Callable[[Iterable[Event]], None]
    listed_at: datetime | None = None
    """When the account's groups are to be listed again, for the sake of leavers."""
    _first: dict[Kind, GroupId] = field(default_factory=dict)
    """Of the groups that wait for the next slot of a kind, the one that will get it."""

    def when_it_fits(self, errand: Errand) -> Errand:
        """A question about the account, or a rest until the account may ask it."""
        wait = self.drip.wait(None)
        return errand if wait <= _NOW else Rest(self.now.at + wait)

    def rest(self, until: datetime) -> Rest:
        """A rest until then, or until somebody may have to be told something, or a list is due."""
        at, roster = self.now.at, self.ground.roster
        until = min(until, self.listed_at or until)
        soon = weekly.soon(roster, self.telling.soon(self.books, until, self.now), at)
        return Rest(warnings.soon(self.books, roster, self.ground.account.account, soon, at))

    def while_waiting(self, until: datetime) -> Rest:
        """A rest until then. What becomes due meanwhile is written down, so that people hear of it.

        Nothing is done about it, and it stays due.
        """
        at = self.now.at
        due, later = self.note_due()
        soonest = at + LISTEN if due else min((s.due for s in later), default=until)
        return self.rest(min(until, soonest))

    def note_due(self) -> tuple[list[GroupState], list[GroupState]]:
        """Write down what follows for the groups that are due; they, and those that are later."""
        at = self.now.at
        found = self.books.groups.next(self.ground.account.account, at, MOST_AT_ONCE)
        due, later = ([s for s in found if (s.due <= at) is it] for it in (True, False))
        for state in due:
            with suppress(Unreadable):  # once it is looked at it is held for that
                if state.group in self.ground.roster.groups:
                    self._noted(view_from(self.ground, self.books, state, at))
        return due, later

    def asked_for(self) -> Errand | None:
        """What is to be done for a group that a person wants to have read, whatever is due."""
        for group in self.books.webhooks.told(self.ground.account.account):
            state = self.books.groups.state(group) if self._is_asked_for(group) else None
            if state is not None and state.hold is None:
                errand = self._for_group(state)
                if errand is not None:
                    return errand
        return None

    def among_groups(self) -> Errand:
        """The first group, by rank and due time, that has something to be done right now."""
        at, looked_at, at_most = self.now.at, set[GroupId](), 1
        while True:
            found = self.books.groups.next(self.ground.account.account, at, at_most)
            if not found or found[0].due > at:
                return self.rest(found[0].due) if found else Rest(at + LISTEN)
            fresh = {s.group: s for s in found if s.due <= at and s.group not in looked_at}
            if not fresh:  # they stay due whatever is decided: never spin on them
                return self.rest(at + LISTEN)
            for number, state in enumerate(fresh.values()):
                if number % AT_ONCE == 0 and len(fresh) >= MANY:
                    some = islice(fresh, number, number + AT_ONCE)
                    self.books.foresee(list(some), at - BEHIND)
                errand = self._for_group(state)
                if errand is not None:
                    return errand
            looked_at |= fresh.keys()
            at_most = min(2 * at_most, MOST_AT_ONCE)

    def _for_group(self, state: GroupState) -> Errand | None:
        """What is to be done for the group; one of which something cannot be read waits."""
        books, account, at = self.books, state.account, self.now.at
        try:
            if state.hold is Hold.DAMAGED or damaged.is_held(books, state.group):
                if damaged.holds(books, account, state.group, at):
                    return None
                damaged.recover(books, account, self.now, state.group)
                state = replace(books.groups.state(state.group) or state, read_ended_at=None)
            return self._decided(state)
        except Unreadable:
            if not damaged.holds(books, account, state.group, at):
                raise
            return None

    def _decided(self, state: GroupState) -> Errand | None:
        books, at = self.books, self.now.at
        if state.group not in self.ground.roster.groups:
            books.groups.save(replace(state, due=at + timedelta(days=1), rank=RANK_SWEEP))
            lasting.settle(books, state.account, state.group, (), at)
            return None
        found = view_from(self.ground, books, state, at)
        if silent.settled(books, found, at) | tickets.swept(books, found, at):
            found = view_from(self.ground, books, state, at)
        if found.closing is not None and self.drip.wait(None) <= _NOW:
            if (farewell := owed(books, found, at)) is not None:
                return farewell
            note_end(books, found, state, at)
        decision = self._noted(found)
        if found.closing is not None:
            return self._errand(found, decision, handovers.Kept(state, [], awaits_read=False))
        boundaries = handovers.kept(books, found, at, self.zone_data)
        self.watch(boundaries.events)
        return self._errand(found, decision, boundaries)

    def _noted(self, found: GroupView) -> Decision:
        """What follows from the facts, as it is written down whoever may act on it, and when."""
        books, at, state = self.books, self.now.at, found.facts.state
        decision = found.decision(at)
        dropped.record(books, found, decision.seats, at)
        books.seats.save(*found.unkept, *decision.seats)
        lasting.settle(books, state.account, state.group, decision.holds, at)
        return decision

    def _errand(
        self, found: GroupView, decision: Decision, boundaries: handovers.Kept
    ) -> Errand | None:
        """What is to be done for the group right now; None notes when it is due again."""
        books, at, state = self.books, self.now.at, boundaries.state
        if state.mutated_at is not None and state.mutated_at >= at:
            # Only a read that began after our last call says anything; let a moment pass, in which
            # no other group gets ahead of one that is being finished. A call from the future was
            # made before the clock was put back, so by now it was made.
            books.groups.save(replace(state, mutated_at=at, due=at + A_MOMENT))
            return Rest(at + A_MOMENT)
        step = decision.first_ready(at)
        slot = self.drip.wait(step.kind) if step is not None else _NEVER
        lid = self._lid_to_ask(found) if step is None or step.kind is Kind.ADD else None
        if step is not None and lid is None and slot <= _NOW and _fresh(state, at):
            return Send(found, step)
        ahead = _NEVER if step is None else self._until_read_for(step, slot, found)
        told = self._until_told(state)
        owed = decision.read_at <= at and owes_a_read(found.facts, at)
        awaited = lid is not None or ahead <= _NOW or owed
        wait = self._until_read(decision, boundaries, awaited=awaited, told=told)
        rank = _rank(found, decision, at)
        if wait is not None and wait <= _NOW:
            # It keeps its place, so that what the read is for comes next and not last.
            if state.rank != rank:
                books.groups.save(replace(state, rank=rank))
            if lid is None and told is not None:
                books.webhooks.answered(state.group)
            return lid or Read(found.group, _should_be_in(found))
        waits = (
            [told or _NEVER, slot, ahead, _later(decision, at) - at]
            if wait is None
            else [wait, slot, ahead]
        )
        due = at + min(w for w in waits if w > _NOW)
        if due >= found.facts.wanted.changes_at:  # whoever comes then is added before others go
            rank = min(rank, RANK_ADD)
        books.groups.save(replace(state, due=due, rank=rank))
        return None

    def _until_read(
        self,
        decision: Decision,
        boundaries: handovers.Kept,
        *,
        awaited: bool,
        told: timedelta | None,
    ) -> timedelta | None:
        """How long until a read that is due may be made; None when none is.

        One that a step or a proof waits for goes before those that only look, and those that
        webhooks ask for are among the latter.
        """
        state, is_due = boundaries.state, decision.read_at <= self.now.at
        if awaited or (is_due and _is_unproven(state)):
            return self.drip.wait(None)
        is_told = told is not None and told <= _NOW
        if is_told and self._is_asked_for(state.group):
            return self.drip.wait_for_asked()
        is_due = is_due or is_told
        if is_due or (state.hold is None and boundaries.awaits_read):
            return self.drip.wait_for_sweep()
        return None

    def _is_asked_for(self, group: GroupId) -> bool:
        """Whether a person wants it to be read."""
        told_at = self.books.webhooks.told(self.ground.account.account).get(group)
        return told_at is not None and self.now.at - told_at >= LONG_AGO

    def _until_told(self, state: GroupState) -> timedelta | None:
        """How long until the group is to be read because webhooks told of it; None if none did.

        A group that is held is tried again in its own time.
        """
        told_at = self.books.webhooks.told(state.account).get(state.group)
        if told_at is None or state.hold is not None:
            return None
        soonest = told_at + BURST
        if state.read_ended_at is not None:
            soonest = max(soonest, min(state.read_ended_at, soonest) + CALM)
        return min(max(soonest - self.now.at, _NOW), CALM)

    def _until_read_for(self, step: Step, slot: timedelta, found: GroupView) -> timedelta:
        """How long until the group is to be read for `step`, which may leave in `slot`.

        Evidence is no older than its step may have it, so the read comes shortly before the slot;
        and only for the group that gets the slot. The others are read when they get theirs.
        """
        if slot <= _NOW:
            return _NOW
        if self._first.setdefault(step.kind, found.group.id) != found.group.id:
            return _NEVER
        if slot > AHEAD:
            return slot - AHEAD
        return _NEVER if _fresh(found.facts.state, self.now.at + slot) else _NOW

    def _lid_to_ask(self, found: GroupView) -> LearnLid | None:
        """Whose LID would settle whether they are in a group that lists people without numbers."""
        if found.facts.state.unresolved == 0:
            return None
        for person in sorted(found.facts.managed):
            known = found.identities.get(person)
            if known is None or known.lids or known.phone is None:
                continue
            if self.ask_again.get(person, self.now.at) <= self.now.at:
                return LearnLid(person, known.phone)
        return None


def _should_be_in(found: GroupView) -> frozenset[PersonId]:
    return frozenset() if found.group.mode is Mode.WATCH else frozenset(found.facts.wanted.on_duty)


def _is_unproven(state: GroupState) -> bool:
    """Whether no read yet was begun after our last call, so that one is for proof."""
    if state.mutated_at is None:
        return False
    return state.read_began_at is None or state.read_began_at <= state.mutated_at


def _fresh(state: GroupState, at: datetime) -> bool:
    if state.read_began_at is None or state.read_ended_at is None:
        return False
    return not _is_unproven(state) and timedelta(0) <= at - state.read_ended_at <= FRESH


def _later(decision: Decision, at: datetime) -> datetime:
    return max(decision.look_at, at + timedelta(milliseconds=1))


def _rank(found: GroupView, decision: Decision, at: datetime) -> int:
    """How urgent the group is: as urgent as its most urgent step that is not held.

    Somebody more for a group that has cover, or is about to, can wait until every group has it.
    """
    if owes_a_read(found.facts, at):
        return RANK_LEAVER
    rank = min((s.rank for s in decision.steps if s.hold is None), default=RANK_SWEEP)
    return RANK_SHIFT_END if rank == RANK_ADD and _is_nearly_covered(found, at) else rank


def _is_nearly_covered(found: GroupView, at: datetime) -> bool:
    on_duty, seats = found.facts.wanted.on_duty, found.facts.seats
    need = min(found.group.policy.keep_at_least, len(on_duty))
    coming = {p for p in on_duty if p in seats and _may_be_in_by_now(seats[p], at)}
    return len(coming | cover.counted(on_duty, seats)) >= need


def _may_be_in_by_now(seat: Seat, at: datetime) -> bool:
    """Whether they were added a moment ago, and no quiet time has shown yet that it failed."""
    return seat.op is Kind.ADD and seat.settle_at is not None and at < seat.settle_at
