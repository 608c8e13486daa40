"""The invariants, checked at every transition by plain arithmetic; shares nothing with the core."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from desk import Desk
from state import Coming, State, World

from rotation.core.decide import Step
from rotation.core.facts import Attempt, Kind
from rotation.core.roster import PersonId

FRESH = timedelta(seconds=31)
PATIENCE = timedelta(seconds=60)
CONVERGED_WITHIN = timedelta(minutes=20)


@dataclass
class Judge:
    """What it finds is wrong with the transition under way; `taken` empties it."""

    desk: Desk
    _found: list[str] = field(default_factory=list)

    def taken(self) -> list[str]:
        found, self._found = self._found, []
        return found

    def _wrong(self, rule: str, text: str, *, if_: bool) -> None:
        if if_:
            self._found.append(f"{rule}: {text}")

    def takes(self, state: State, number: int) -> None:
        """S9: nobody acts for the account while another's call is on its way."""
        others = [r for n, r in enumerate(state.replicas) if n != number and r.call is not None]
        self._wrong("S9", "a call outlived its lease", if_=bool(others))

    def sends(self, state: State, number: int, attempt: Attempt) -> None:
        person, now = attempt.person, state.now
        if person is None:
            return
        calls = [r for n, r in enumerate(state.replicas) if n != number and r.call is not None]
        self._wrong("S9", "two calls overlap", if_=bool(calls))
        holds = state.books.holder == number and now < state.books.until
        self._wrong("S9", "a call left without the lease", if_=not holds)
        if attempt.kind is Kind.ADD:
            self._wrong("S5", f"{person} is a leaver", if_=person in self.desk.leavers(now))
            self._wrong("S6", f"{person} may not come", if_=not self.desk.may_come(person, now))
        else:
            self._removal(state, attempt, person)

    def _removal(self, state: State, attempt: Attempt, person: PersonId) -> None:
        now, desk = state.now, self.desk
        self._wrong("S1", f"{person} is always in", if_=person in desk.always_in)
        self._wrong("S2", f"{person} created the group", if_=person == desk.creator)
        if person in desk.leavers(now):
            return
        self._wrong("S4", f"{person} may be in", if_=desk.may_stay(person, now))
        shown = state.world.shown
        late = shown is None or now - shown[0] > FRESH
        self._wrong("S3", "no list since our last call, and just now", if_=late)
        alone = shown is not None and not (desk.on_duty(now) - {person}) & shown[1]
        self._wrong("S3", "the last list shows nobody on duty", if_=alone)
        self._wrong("S13", "the notice is not concluded", if_=not self._spoken(state, attempt))

    def _spoken(self, state: State, attempt: Attempt) -> bool:
        why, opened = attempt.because, state.books.seat(attempt.person or self._nobody).op_since
        if why.ends is None:
            return True  # nothing that was written ends, so nothing is announced
        said = any((p, key) == (attempt.person, why.key) for _, p, key, _ in state.books.said)
        return said or (opened is not None and state.now - opened >= PATIENCE)

    _nobody = PersonId("")

    def says(self, state: State, step: Step) -> None:
        """S13: once for each person and occurrence."""
        again = [about for about in step.occurrences.items() if about in state.world.sent]
        self._wrong("S13", f"the notice of {again} is said again", if_=bool(again))

    def lands(self, world: World, effect: Coming) -> None:
        """S3 by its effect: no call empties the group, but a late one, or where a list lied."""
        if effect.kind is not Kind.REMOVE or effect.late or world.misled:
            return
        duty = self.desk.on_duty(effect.at)
        alone = duty & world.inside == {effect.person}
        leaver = effect.person in self.desk.leavers(effect.at)
        self._wrong("S3", "our call left nobody on duty", if_=alone and not leaver)

    # At rest

    def is_right(self, state: State) -> bool:
        """Whether everybody is where they should be, and nothing is on its way or open."""
        desk, now, inside = self.desk, state.now, state.world.inside
        gone = {p for p in inside - desk.always_in - {desk.creator} if self._must_go(p, now)}
        under_way = state.world.coming or any(r.call or r.down for r in state.replicas)
        waits = any(s.op and s.person != desk.creator for s in state.books.seats)
        return not (desk.on_duty(now) - inside or gone or under_way or waits)

    def _must_go(self, person: PersonId, now: datetime) -> bool:
        return person in self.desk.leavers(now) or not self.desk.may_stay(person, now)

    def is_over(self, state: State) -> bool:
        """Nothing will change any more, and everything is right: no need to look further."""
        return state.now >= self.desk.last_change and self.is_right(state)

    def at_rest(self, state: State, now: datetime) -> None:
        """C1: whatever went wrong, in the end everything is right."""
        late = now > self.desk.last_change + CONVERGED_WITHIN
        self._wrong("C1", "it never becomes right", if_=late and not self.is_right(state))
