"""Telling people: what is owed to whom, by WhatsApp and to the outside, without a storm."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from rotation.core import alarm
from rotation.core.alarm import GATHER, HELD, OVERDUE, alarms, key_of, places
from rotation.core.facts import AccountState, HeldItem, Kind, Moment, Seat
from rotation.core.holds import LASTING, MEANING
from rotation.core.roster import GroupId, PersonId, Phone, Roster
from rotation.engine import lasting, speak
from rotation.engine.calls import Left, nothing_left
from rotation.engine.drip import Drip
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Alarm, Books

LISTEN = timedelta(seconds=30)
"""How often alarms are looked at while something is open."""
MUTE = timedelta(minutes=30)
"""How long somebody who was told is not told the same again."""
TRY_AGAIN = timedelta(minutes=5)
"""After nobody could be reached for sure: not sooner than this.

A telling that ended in doubt counts as not told, so the person may hear it twice. An exit notice
is never said twice; an alarm that nobody heard is worse than one heard twice.
"""
AFTER_HOLD = timedelta(minutes=10)
"""How long a hold that was lifted explains why somebody is still in: people know that they are
late, and most go now. A life explains so only what was lifted in it."""
TELLING = "telling_until"
A_CALL = timedelta(minutes=1)
"""How long whoever tells something may be at it, while other replicas leave it alone."""
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Message:
    """Alarms to be told together: which, in what words, and by WhatsApp to whom.

    What came up after it was put into words, at `when`, is not in it. `is_news`: it asks nobody
    for anything.
    """

    keys: tuple[str, ...]
    text: str
    to: tuple[tuple[PersonId, Phone], ...]
    when: Moment
    is_news: bool = False


class Telling:
    """Remembers when it last looked and tried; what was told is in the ledger.

    What it told itself is muted by the boot clock, so that one that is set brings no repeats and
    no silence; what an earlier life told, or another replica, by the instant that it wrote down.
    """

    def __init__(self, alert: Callable[[str], bool] | None, mute: timedelta) -> None:
        self._alert = alert
        self._mute = mute
        self._looked_at: datetime | None = None
        self._since: datetime | None = None
        """When this life looked first."""
        self._not_before: float | None = None
        """By the boot clock: when to try again after nobody was reached."""
        self._told_at: dict[str, Moment] = {}

    def listens(self, at: datetime) -> bool:
        """Whether it is time to look at the alarms; at most every half of LISTEN."""
        if self._looked_at is not None and timedelta(0) <= at - self._looked_at < LISTEN / 2:
            return False
        self._looked_at = at
        self._since = self._since or at
        return True

    def can_tell(self, state: AccountState) -> bool:
        return state.paused_why is None or self._alert is not None

    @property
    def reaches_outside(self) -> bool:
        return self._alert is not None

    def owed(
        self, books: Books, roster: Roster, now: Moment, news: Iterable[alarm.Alarm] = ()
    ) -> Message | None:
        """What people have to be told now; None when nothing, or nobody was reached just before.

        `news` is what they hear once, besides what lasts.
        """
        at = now.at
        held = [(h.item, h.since) for h in books.holds.in_force()]
        called = {g.group: g.subject for g in books.found.groups() if g.subject}
        removals = books.seats.open(Kind.REMOVE)
        ended = self._ended(books, at) if any(_is_overdue(s, at) for s in removals) else ()
        found = (*alarms(held, removals, roster, at, ended, called), *news)
        known = {a.key: a for a in found}
        before, on = books.alarms.known(), {a.key for a in books.alarms.on()}
        new = books.alarms.settle({a.key: a.text for a in found}, at)
        lasting.came_on(books, new, known, before, at)
        lasting.ended(books, sorted(on - known.keys()), at)
        untold = self._due(books, known, now)
        if not untold or (self._not_before is not None and now.uptime < self._not_before):
            return None
        if _is_told_by_another(books, at):
            return None
        to = _recipients(roster, (known[a.key].group for a in untold))
        text = "\n".join(_lines(untold, known, at))
        is_news = all(known[a.key].is_news for a in untold)
        return Message(tuple(a.key for a in untold), text, to, now, is_news)

    def tell(self, books: Books, line: Line, message: Message) -> Left:
        """Tell it by every way there is, and no other replica tells it meanwhile.

        Reached is who took the call; nothing is told twice.
        """
        books.meta.put(TELLING, (line.clock().at + A_CALL).isoformat())
        if self._alert is None:
            return self._by_chat(books, line, message, reached=False)
        return partial(self._outside_first, self._alert, line, message)

    def _outside_first(
        self, alert: Callable[[str], bool], line: Line, message: Message
    ) -> Iterable[Event]:
        reached = alert(message.text)
        with line.ledger.writing() as books:
            if reached:  # at once, or they hear it again if we die before all have heard
                self._mark(books, message)
            left = self._by_chat(books, line, message, reached=reached)
        return left()

    def _mark(self, books: Books, message: Message) -> None:
        when, mute = message.when, self._mute.total_seconds()
        recent = {k: t for k, t in self._told_at.items() if when.uptime - t.uptime < mute}
        self._told_at = recent | dict.fromkeys(message.keys, when)
        for key in message.keys:
            books.alarms.mark_told(key, when.at)

    def _by_chat(self, books: Books, line: Line, message: Message, *, reached: bool) -> Left:
        paused, wait = _in_the_way(books, line, len(message.to))
        if wait > timedelta(0):
            return self._told(books, line, message, reached=reached, again=min(wait, TRY_AGAIN))
        nobody = not paused and not message.to and self._alert is None
        return speak.tell(
            books, line, () if paused else message.to,
            f"{_head(message)} ({line.clock().at:%H:%M} UTC).\n{message.text}",
            lambda after, heard: self._told(
                after, line, message, reached=reached or heard or nobody, again=TRY_AGAIN
            ),
        )  # fmt: skip

    def _told(
        self, books: Books, line: Line, message: Message, *, reached: bool, again: timedelta
    ) -> Left:
        now = line.clock()
        books.meta.drop(TELLING)
        if reached:
            self._mark(books, message)
        else:
            self._not_before = now.uptime + again.total_seconds()
        kind = "alarm" if reached else "alarm_untold"
        return nothing_left(Event(now.at, kind, line.account, text=message.text))

    def soon(self, books: Books, due: datetime, now: Moment) -> datetime:
        """When to look again: at `due`, or earlier when something becomes somebody's business."""
        soonest = now.at + LISTEN / 2
        if due <= soonest:
            return due
        return min([due, *(max(t, soonest) for t in self._owed_at(books, now))])

    def _owed_at(self, books: Books, now: Moment) -> Iterator[datetime]:
        """When a hold or a removal comes on, and when what is on is to be told, or told again.

        What came on before the last look was seen then, and is on or explained.
        """
        for one in books.alarms.on():
            yield max(self._muted_until(one, now), one.since + GATHER)
        held = (h.since for h in books.holds.in_force() if MEANING[h.item.hold].alarm)
        removals = [s.op_since for s in books.seats.open(Kind.REMOVE) if s.op_since is not None]
        comes_on = [since + LASTING - GATHER for since in (*held, *removals)]
        if any(now.at - since >= OVERDUE for since in removals):
            ended = books.holds.ended_since(self._explained_since(now.at))
            comes_on += [h.closed_at + AFTER_HOLD for h in ended if h.closed_at is not None]
        yield from (t for t in comes_on if t > (self._looked_at or _NEVER))

    def _ended(self, books: Books, at: datetime) -> Iterator[tuple[HeldItem, datetime]]:
        """The holds that people were told of, and that were lifted shortly ago."""
        told = {alarm.key: alarm.told_at for alarm in books.alarms.told(HELD)}
        for hold in books.holds.ended_since(self._explained_since(at)):
            told_at = told.get(key_of(hold.item))
            if told_at is not None and told_at >= hold.since:
                yield hold.item, hold.since

    def _explained_since(self, at: datetime) -> datetime:
        """From when on a hold must have been lifted to explain anything."""
        return min(at - OVERDUE, max(at - AFTER_HOLD, self._since or at))

    def _due(self, books: Books, known: Mapping[str, alarm.Alarm], now: Moment) -> list[Alarm]:
        """What is to be told now: whole causes, so that one outage is not told group by group.

        A cause is due when something of it is, and was never told or not for the mute time. What
        is due in a moment goes along, so that one matter with two causes is one message.
        """
        on = books.alarms.on()
        due_at = {a.key: known[a.key].due for a in on if self._muted_until(a, now) <= now.at}
        if all(at > now.at for at in due_at.values()):
            return []
        due = {known[key].cause for key, at in due_at.items() if at <= now.at + LISTEN / 2}
        return [a for a in on if known[a.key].cause in due]

    def _muted_until(self, one: Alarm, now: Moment) -> datetime:
        if one.told_at is None:
            return _NEVER
        told = self._told_at.get(one.key)
        if told is None or told.at != one.told_at:  # somebody else told it, or we did long ago
            was_put_back = one.told_at > now.at + GATHER
            return _NEVER if was_put_back else one.told_at + self._mute
        return now.when(told.uptime + self._mute.total_seconds())


def _head(message: Message) -> str:
    return "rotation reports" if message.is_news else "rotation needs a person"


def _in_the_way(books: Books, line: Line, count: int) -> tuple[bool, timedelta]:
    """Whether the account is paused, and how long until it may say something so often."""
    if count == 0:  # the account is not needed, and may be what is wrong
        return False, timedelta(0)
    paused = books.accounts.state(line.account).paused_why is not None
    return paused, Drip(books, line, line.clock()).wait_for(count)


def _is_told_by_another(books: Books, at: datetime) -> bool:
    """Whether another replica is telling it just now, or was when it died."""
    until = books.meta.get(TELLING)
    return until is not None and at < datetime.fromisoformat(until) <= at + A_CALL


def _is_overdue(seat: Seat, at: datetime) -> bool:
    return seat.op_since is not None and at - seat.op_since >= OVERDUE - GATHER


def _recipients(
    roster: Roster, groups: Iterable[GroupId | None]
) -> tuple[tuple[PersonId, Phone], ...]:
    """The people named by `tell` for these groups; by the roster, for what is no group's."""
    people: dict[PersonId, Phone] = {}
    for group in groups:
        known = roster.groups.get(group) if group is not None else None
        for person in known.tell if known and known.tell else roster.tell:
            people[person] = roster.people[person].phone
    return tuple(people.items())


def _lines(
    untold: Iterable[Alarm], known: Mapping[str, alarm.Alarm], at: datetime
) -> Iterator[str]:
    """What is wrong, a line for each thing, with all the places where it is.

    What was told since it came on says for how long it has lasted by now.
    """
    together: dict[tuple[bool, str], list[Alarm]] = {}
    for one in untold:
        is_new = one.told_at is None or one.told_at < one.since
        together.setdefault((is_new, known[one.key].what), []).append(one)
    for (is_new, what), some in together.items():
        minutes = int(max(at - a.since for a in some).total_seconds() // 60)
        still = "" if is_new else f"Still, for {minutes // 60} h {minutes % 60} min: "
        yield f"{still}{places(known[a.key].where for a in some)}: {what}"
