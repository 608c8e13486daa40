"""Protocol bugs planted in the rules a daemon lives by: the oracles find each of them."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import AccountState, Attempt, FoundGroup, Kind, Leaver, Seat, Seen
from rotation.core.outcome import Accepted, InDoubt, Outcome, Refusal, Refused, Unread
from rotation.core.roster import (
    AccountId,
    ChatId,
    Group,
    GroupId,
    Mode,
    PersonId,
    Roster,
    Season,
    WhenClosed,
)
from rotation.engine import AccountRules
from rotation.ledger import Books, MadeCall
from rotation.providers import Address, Chat, Members
from rotation.wiring.mortal import Fate, MortalLedger
from rotation.wiring.planned import Wipe
from rotation.wiring.simulation import Seams, Simulation

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation, or a roster."""
Hand: TypeAlias = Callable[[Simulation, datetime], None]
NO_TIME = timedelta(0)
STARTS = datetime(2026, 3, 2, tzinfo=UTC)


class Over:
    """One part of the books, or a chat, with some of it replaced."""

    def __init__(self, part: Any) -> None:  # noqa: ANN401 - a part of the books, or a chat
        self.part = part

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self.part, name)


class Planted(MortalLedger):
    """A ledger whose daemon has some of its books replaced; the oracles read the true ones."""

    def __init__(self, fate: Fate, bugs: Mapping[str, type[Over]]) -> None:
        super().__init__(fate)
        self.bugs = bugs

    @contextmanager
    def writing(self) -> Iterator[Books]:
        with super().writing() as books:
            for name, bug in self.bugs.items():
                setattr(books, name, bug(getattr(books, name)))
            yield books


class OtherRules(Over):
    """Reads a roster in force that says something else than people wrote."""

    def in_force(self, at: datetime | None = None) -> tuple[str, Roster] | None:
        found = self.part.in_force(at)
        if found is None:
            return None
        digest, roster = found
        groups = {name: self.misread(group) for name, group in roster.groups.items()}
        return digest, replace(roster, groups=groups)

    def misread(self, group: Group) -> Group:
        raise NotImplementedError


class StaysNoMinute(OtherRules):
    """Takes the end of a shift for the end of the right to be there."""

    def misread(self, group: Group) -> Group:
        return replace(group, policy=replace(group.policy, stay_late=NO_TIME))


class ComesAnHourEarly(OtherRules):
    """Brings people in long before they may come."""

    def misread(self, group: Group) -> Group:
        return replace(group, policy=replace(group.policy, join_early=timedelta(hours=1)))


class NeedsNobody(OtherRules):
    """Waits for nobody before it lets somebody go."""

    def misread(self, group: Group) -> Group:
        return replace(group, policy=replace(group.policy, keep_at_least=0))


class LeavesWithoutAWord(OtherRules):
    """Overlooks that a notice is owed."""

    def misread(self, group: Group) -> Group:
        return replace(group, policy=replace(group.policy, goodbye=None))


class EmptiesWhenClosed(OtherRules):
    """Lets everybody go in closed hours in which they are to stay."""

    def misread(self, group: Group) -> Group:
        return replace(group, policy=replace(group.policy, when_closed=WhenClosed.EMPTY))


class ActsInWatchedGroups(OtherRules):
    """Takes a group that is only watched for one it manages."""

    def misread(self, group: Group) -> Group:
        return replace(group, mode=Mode.MANAGED)


class Impatient(Over):
    """Tries again at once, whatever became of the last try."""

    def save(self, *seats: Seat) -> None:
        self.part.save(*(replace(s, retry_at=None, settle_at=None) for s in seats))


class SeesWhatItAdded(Over):
    """Counts somebody as seen as soon as the call to add them was made."""

    def of(self, group: GroupId) -> dict[PersonId, Seat]:
        found: dict[PersonId, Seat] = self.part.of(group)
        newest = max((s.seen_at for s in found.values() if s.seen_at is not None), default=None)
        return {
            p: replace(s, seen=Seen.IN, seen_at=newest) if s.op is Kind.ADD and s.tries else s
            for p, s in found.items()
        }


class RecordsTwice(Over):
    """Writes the record of a removal, and writes it again."""

    def append(self, *, kind: str, **record: Any) -> int:  # noqa: ANN401 - a record's fields
        if kind == "removed":
            self.part.append(kind=kind, **record)
        return int(self.part.append(kind=kind, **record))


class DoneBeforehand(Over):
    """Writes an attempt down as accepted before it is made: a crash leaves nothing in doubt."""

    def begin(self, **row: Any) -> Attempt:  # noqa: ANN401 - a row's fields
        begun: Attempt = self.part.begin(**row)
        self.part.end(begun.id, Accepted(), begun.sent_at, 0.0)
        return begun

    def end(self, number: int, *_how: object) -> None:
        """It has ended before."""


class CountsByTheWall(Over):
    """Counts the minute by the machine's wall clock, which somebody may put back."""

    def calls(self, account: AccountId, kinds: Collection[Kind], limit: int) -> list[MadeCall]:
        made = {a.uptime: a.sent_at for a in self.part.recent(account, kinds, limit)}
        found = self.part.calls(account, kinds, limit)
        return [call._replace(uptime=made[call.uptime].timestamp()) for call in found]


class ForgetsToSlowDown(Over):
    """Goes on as before once the wait is over that the provider asked for."""

    def save(self, state: AccountState) -> None:
        self.part.save(replace(state, throttles=0))


class CountsNoDay(Over):
    """Forgets at midnight, and at every other hour, what was done in a day."""

    def nth_change(self, *_asked: object) -> None:
        """Nothing was ever done."""

    def changes(self, *_asked: object) -> int:
        return 0


class SpentAtOnce(Over):
    """Takes the first change of a day for the last."""

    def nth_change(self, account: AccountId, _n: int, now: datetime) -> datetime | None:
        found: datetime | None = self.part.nth_change(account, 1, now)
        return found


class LeaversOfBefore(Over):
    """Counts somebody as a leaver once their wipe has come to its end, and not from its start on.

    As one who looked at the leavers when the step was planned, and not when it is sent.
    """

    def by_team(self) -> dict[str, dict[PersonId, Leaver]]:
        return {
            team: {p: one for p, one in marked.items() if one.done_at is not None}
            for team, marked in self.part.by_team().items()
        }


class KnowsTheRosterOnly(Over):
    """Takes the groups of the roster for all groups there are."""

    def groups(self) -> tuple[FoundGroup, ...]:
        return ()


class CountsOldReads(Over):
    """Takes what was read in the hour before a mark for a proof of what came after it."""

    def standing(self) -> list[Leaver]:
        return [self._earlier(one) for one in self.part.standing()]

    def by_team(self) -> dict[str, dict[PersonId, Leaver]]:
        teams = self.part.by_team().items()
        return {team: {p: self._earlier(one) for p, one in some.items()} for team, some in teams}

    @staticmethod
    def _earlier(one: Leaver) -> Leaver:
        return replace(one, since=one.since - timedelta(hours=1))


class DoubtIsNo(Over):
    """Takes what ended in doubt for a clear no."""

    def add(self, chat: ChatId, who: Address) -> Outcome:
        return self._clear(self.part.add(chat, who))

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        return self._clear(self.part.remove(chat, who))

    @staticmethod
    def _clear(outcome: Outcome) -> Outcome:
        return Refused(Refusal.BAD_REQUEST) if isinstance(outcome, InDoubt) else outcome


class LooksAfterItselfOnly(Over):
    """Reads a group after its own calls, and never to see what others did."""

    def __init__(self, part: Chat) -> None:
        super().__init__(part)
        self._known: dict[ChatId, Members] = {}

    def add(self, chat: ChatId, who: Address) -> Outcome:
        self._known.clear()
        return self.part.add(chat, who)  # type: ignore[no-any-return]  # whatever the part has

    def remove(self, chat: ChatId, who: Address) -> Outcome:
        self._known.clear()
        return self.part.remove(chat, who)  # type: ignore[no-any-return]  # whatever the part has

    def members(self, chat: ChatId) -> Members | Unread:
        found = self._known.get(chat) or self.part.members(chat)
        if isinstance(found, Members):
            self._known[chat] = found
        return found


def faults(**fault: object) -> Hand:
    def sets(simulation: Simulation, day: datetime) -> None:
        simulation.tell("POST", "faults", dict(fault))

    return sets


def puts_the_clock_back(simulation: Simulation, day: datetime) -> None:
    simulation.sets_clock(-timedelta(hours=2))


def wipes_ben(simulation: Simulation, day: datetime) -> None:
    """Ben, who comes on duty later, is wiped."""
    simulation.hands.wipe(PersonId("ben"))


def puts_dora_in(simulation: Simulation, day: datetime) -> None:
    at = (day + timedelta(minutes=30)).isoformat()
    phone = simulation.roster.people[PersonId("dora")].phone
    for chat in (g.chat for g in simulation.roster.groups.values()):
        deed = {"do": "add", "at": at, "chat": chat, "phone": phone}
        simulation.tell("POST", "script", {"script": [deed]})


@dataclass(frozen=True)
class Case:
    """Part `name` of the books replaced, or the chat, the day it shows, and what it breaks.

    `closed`: every other shift is not served, on purpose. `outside` are people who are in a group
    that no roster names; then ben is wiped after an hour.
    """

    bug: type[Over]
    name: str
    broken: str
    hand: Hand | None = None
    groups: int = 2
    daily: int = 2000
    mode: Mode = Mode.MANAGED
    outside: tuple[str, ...] = ()
    closed: bool = False


FOUND = {
    "nobody stays late": Case(StaysNoMinute, "rosters", "S4"),
    "everybody comes an hour early": Case(ComesAnHourEarly, "rosters", "S6"),
    "nobody is waited for": Case(
        NeedsNobody, "rosters", "S3", faults(fault="error_before", on=["add"])
    ),
    "who is to stay in closed hours goes": Case(EmptiesWhenClosed, "rosters", "S3", closed=True),
    "nobody says goodbye": Case(LeavesWithoutAWord, "rosters", "S13"),
    "a watched group is managed": Case(ActsInWatchedGroups, "rosters", "S6", mode=Mode.WATCH),
    "a call is repeated at once": Case(
        Impatient, "seats", "C8", faults(fault="error_before", on=["remove"], chance=0.5)
    ),
    "an addition counts before it is seen": Case(
        SeesWhatItAdded, "seats", "A1", faults(fault="lie", on=["add"], chance=0.5)
    ),
    "a removal is recorded twice": Case(RecordsTwice, "audit", "A1"),
    "an attempt is called done before it is made": Case(DoneBeforehand, "attempts", "S10"),
    "the minute is counted by the wall clock": Case(
        CountsByTheWall, "attempts", "S7", puts_the_clock_back, groups=4
    ),
    "too many calls slow nothing down": Case(
        ForgetsToSlowDown, "accounts", "S7", faults(fault="throttle", on=["add"], next=1), groups=4
    ),
    "nobody counts the changes of a day": Case(CountsNoDay, "attempts", "S7", daily=3),
    "a day is used up by one change": Case(SpentAtOnce, "attempts", "C4"),
    "what ended in doubt is taken for a no": Case(
        DoubtIsNo, "chat", "A1", faults(fault="timeout_after", chance=0.5)
    ),
    "a leaver counts once it is over": Case(LeaversOfBefore, "leavers", "S5", wipes_ben),
    "groups in no roster are not looked into": Case(
        KnowsTheRosterOnly, "found", "C5", outside=("ben",)
    ),
    "a read from before the mark counts": Case(CountsOldReads, "leavers", "C5", outside=("ben",)),
    "what others do is not looked for": Case(LooksAfterItselfOnly, "chat", "S3", puts_dora_in),
}


def closed_now_and_then(roster: Roster) -> Roster:
    """Every other shift is not served for a year."""
    day = STARTS.date()
    season = Season(day, day.replace(year=day.year + 1), None, frozenset(range(7)), "building")
    shut = {s: replace(roster.shifts[s], seasons=(season,)) for s in list(roster.shifts)[1::2]}
    return replace(roster, shifts={**roster.shifts, **shut})


def lived(simulated: Make, desks: Make, case: Case, bug: type[Over] | None) -> Any:  # noqa: ANN401 - a simulation
    if bug is None:
        seams = Seams(hand=case.hand)
    elif case.name == "chat":
        seams = Seams(chat=bug, hand=case.hand)
    else:
        seams = Seams(ledger=lambda fate: Planted(fate, {case.name: bug}), hand=case.hand)
    roster = desks(case.groups, mode=case.mode)
    roster = closed_now_and_then(roster) if case.closed else roster
    rules = AccountRules(drip=2, daily=case.daily)
    leaves = Wipe(STARTS + timedelta(hours=1), PersonId("ben"))
    wiped = {"outside": case.outside, "wipes": [leaves]} if case.outside else {}
    broken = () if bug is None else (case.broken,)
    return simulated(roster, hours=3, seams=seams, rules=rules, broken=broken, **wiped)


@pytest.mark.planted
@pytest.mark.promise("S3", "S4", "S5", "S6", "S7", "S10", "S13", "A1", "C4", "C5", "C8")
@pytest.mark.parametrize("name", FOUND)
def test_a_bug_in_the_rules_is_found(simulated: Make, desks: Make, name: str) -> None:
    case = FOUND[name]
    found = lived(simulated, desks, case, case.bug).oracles.found
    assert case.broken in {violation.rule for violation in found}


@pytest.mark.parametrize("name", [n for n, c in FOUND.items() if c.hand or c.outside])
def test_without_the_bug_the_same_day_breaks_nothing(
    simulated: Make, desks: Make, name: str
) -> None:
    assert lived(simulated, desks, FOUND[name], None).oracles.found == []
