"""One tick: choose the most urgent errand from fresh facts, run it, write down what came of it.

Choosing is one transaction, in which the errand's call is guarded and written down as well; the
call is made with none open; settling is another. A tick makes at most one errand's calls and
returns the instant at which it wants to be called again.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from rotation.core.clocks import MOMENT
from rotation.core.decide import SWEEP, Step
from rotation.core.facts import (
    AccountState,
    Kind,
    Moment,
)
from rotation.core.holds import Hold
from rotation.core.roster import EMPTY, AccountId, GroupId, PersonId, Roster
from rotation.engine import (
    acquaint,
    damaged,
    feeds,
    gate,
    hook_held,
    hooked,
    intents,
    lists,
    news,
    rezoned,
    speak,
    wipes,
)
from rotation.engine.acquaint import A_MOMENT
from rotation.engine.calls import Left, nothing_left
from rotation.engine.drip import Drip
from rotation.engine.errands import (
    Errand,
    Farewell,
    Inform,
    LearnLid,
    LearnOwn,
    LearnWebhooks,
    ListGroups,
    Probe,
    Read,
    Rest,
    Say,
    Send,
    Tell,
    Warn,
    group_of,
)
from rotation.engine.gather import GroupView, view
from rotation.engine.house import KEEP, House
from rotation.engine.in_force import InForce
from rotation.engine.line import Line, Lines
from rotation.engine.look import Look
from rotation.engine.pauses import forget_reads, look_again, resumed
from rotation.engine.read import read
from rotation.engine.rules import AccountRules, Event
from rotation.engine.standing import stood_on
from rotation.engine.steady import Steady
from rotation.engine.telling import LISTEN, MUTE, Telling
from rotation.engine.tenure import Alone, Tenure, Tenures
from rotation.engine.wipes import Wiping
from rotation.ledger import (
    Books,
    LeaseLost,
    Ledger,
    Unreadable,
)
from rotation.providers import Chat, Ear

OWN_AGE = timedelta(hours=24)
A_SECOND = timedelta(seconds=1)
BUSY = 15.0
"""Seconds of errands without a rest after which what is due is written down, again and again."""
STAND_BY = timedelta(hours=1)
"""How long an account is not looked at that is not ours; whoever gets it for us says so."""


class Engine:
    """Keeps the groups of some accounts as the roster in force wants them.

    `clock` is the only source of time. `alert` reaches somebody outside the chat (a command, a
    URL) and says whether it did, and `mute` is how long the same is not told again; `watch` is
    told of every event. `tenures` says which accounts are ours, where others share the ledger;
    `ears` listen to webhooks. What ended longer than `keep` ago is let go.
    """

    def __init__(  # noqa: PLR0913 - the wiring hands over every dependency by name
        self,
        ledger: Ledger,
        chats: Mapping[AccountId, Chat],
        clock: Callable[[], Moment],
        *,
        zone_data: str,
        rules: Mapping[AccountId, AccountRules] | None = None,
        alert: Callable[[str], bool] | None = None,
        mute: timedelta = MUTE,
        watch: Callable[[Event], None] | None = None,
        tenures: Tenures | None = None,
        ears: Mapping[AccountId, Ear] | None = None,
        keep: timedelta = KEEP,
    ) -> None:
        self._ledger = ledger
        self._clock = Steady(clock)
        self._watch = watch or (lambda _event: None)
        self._tenures = tenures or Alone(clock().uptime)
        self._zone_data = zone_data
        self._lines = Lines(
            ledger, self._tenures, chats, rules or {}, self._clock, zone_data, ears or {}
        )
        self._recovered: dict[AccountId, Tenure] = {}
        self._ask_again: dict[PersonId, datetime] = {}
        self._telling = Telling(alert, mute)
        self._house = House(self._tenures, keep)
        self._wiping = Wiping()
        self._in_force = InForce()
        self._busy_since: dict[AccountId, float] = {}
        """By the boot clock: since when groups may wait that nobody has looked at."""

    def tick(self, account: AccountId) -> datetime:
        """Do the next thing for `account`; return when to be called again (now: at once).

        Nothing is done for an account that is not ours, or not for long enough.
        """
        with self._tenures.at_work(account) as tenure:
            now = self._clock()
            if tenure is None:
                return now.at + STAND_BY
            if now.uptime < tenure.quiet_until:
                return now.when(tenure.quiet_until)
            if not self._lines.lasts(tenure):
                return now.at + A_SECOND
            return self._ticked(tenure, now)

    def _ticked(self, tenure: Tenure, now: Moment) -> datetime:
        about: GroupId | None = None
        try:
            with self._lines.fenced(tenure).writing() as books:
                self._recover(books, tenure, now)
                line = self._lines.line(tenure, self._recovered[tenure.account].since)
                errand = self._choose(books, line, now)
                about = group_of(errand)
                left = self._begun(books, line, errand)
            self._tell_watchers(left())
        except LeaseLost:
            return now.at + STAND_BY
        except Unreadable as trouble:
            self._recovered.pop(tenure.account, None)
            return self._while_damaged(tenure, about, trouble, now)
        except Exception:
            # Whatever it was, a call may have been left open by it.
            self._recovered.pop(tenure.account, None)
            raise
        if isinstance(errand, Rest):
            return self._house.next(now, errand.until)
        ended = self._clock().at
        # Only a read that begins later than our last change says anything about it.
        return ended + MOMENT if isinstance(errand, Send) else ended

    def _while_damaged(
        self, tenure: Tenure, group: GroupId | None, trouble: Unreadable, now: Moment
    ) -> datetime:
        """Hold whatever cannot be read, a group or all that its account stands on, and wait."""
        account, line, left = tenure.account, self._lines.line(tenure, tenure.since), nothing_left()
        with line.ledger.writing() as books:
            if group is None or not damaged.holds(books, account, group, now.at):
                if not damaged.holds_account(books, account, now.at):
                    raise trouble
                left = self._begun(books, line, self._only_outside(books, now))
        self._tell_watchers(left())
        return now.at + damaged.AGAIN if group is None else now.at

    @property
    def roster(self) -> tuple[str, Roster] | None:
        """The digest and the roster that the last tick went by; from any thread."""
        known = self._in_force.roster
        return None if known is None else known[:2]

    def view(self, group: GroupId) -> GroupView | None:
        """The facts of one group as the ledger has them now; None when it is not in the roster."""
        now = self._clock()
        with self._ledger.reading() as books:
            roster = self._in_force.read(books)
            if roster is None or group not in roster[1].groups:
                return None
            return view(books, roster, group, now.at)

    def read(self, group: GroupId) -> None:
        """Read one group of the roster in force now, whatever is due."""
        with self._ledger.reading() as books:
            roster = self._in_force.read(books)
        if roster is not None and group in roster[1].groups:
            found = roster[1].groups[group]
            tenure = self._tenures.of(found.account)
            if tenure is not None:
                line = self._lines.line(tenure, tenure.since)
                with line.ledger.writing() as books:
                    left = read(books, line, found)
                self._tell_watchers(left())

    def unfinished(self, groups: Collection[GroupId]) -> bool:
        """Whether any of `groups` has work that is not held: a step to take, or one to prove."""
        now = self._clock().at
        with self._ledger.reading() as books:
            unswept = {ticket.group for ticket in books.tickets.unswept()}
        views = (v for group in groups if (v := self._sound(group)) is not None)
        return any(
            _has_work(v, now) or (v.group.id in unswept and v.facts.state.hold is None)
            for v in views
        )

    @property
    def wiping(self) -> bool:
        """Whether a wipe goes on that does not wait for people."""
        with self._ledger.reading() as books:
            open_ = wipes.open_wipes(books).values()
            return any(one.done_at is None for marks in open_ for one in marks)

    def _sound(self, group: GroupId) -> GroupView | None:
        try:
            return self.view(group)
        except Unreadable:  # it is held for that
            return None

    # -- choosing ---------------------------------------------------------------------------

    def _choose(self, books: Books, line: Line, now: Moment) -> Errand:
        account = line.account
        self._tell_watchers(self._house.kept(books, account, now))
        if books.intents.pending():
            books.heard(by_others=True)  # they may be about anybody's groups
            books.groups.wake(now.at, intents.carried_out(books, now.at))
        roster = self._in_force.read(books)
        if roster is None:
            return self._only_outside(books, now)
        drip = Drip(books, line, now)
        on = stood_on(books, roster, account, drip, now.at)
        state = on.account
        told = self._news(books, roster[1], state, drip, now)
        if told is not None:
            return told
        look = Look(
            books, on, drip, now,
            zone_data=self._zone_data, telling=self._telling, ask_again=self._ask_again,
            watch=self._tell_watchers, listed_at=lists.due(books, on, now.at),
        )  # fmt: skip
        errand = self._about_account(look, line, state)
        self._keeps_up(look, errand)
        if not isinstance(errand, Rest):
            return errand
        ended, until = self._wiping.looked(books, roster[1], self._lines.chats, now.at)
        self._tell_watchers(ended)
        untold = any(any(of.news(books, now.at)) for of in (feeds, hook_held, rezoned))
        soon = now.at + LISTEN if untold else errand.until
        return Rest(min(errand.until, soon, until or errand.until))

    def _keeps_up(self, look: Look, errand: Errand) -> None:
        """While one errand follows another, what becomes due is written down all the same.

        People hear of it in time, though each group waits for those before it.
        """
        account, now = look.ground.account.account, look.now
        if isinstance(errand, Rest) and errand.until - now.at > A_MOMENT:
            self._busy_since.pop(account, None)
        elif now.uptime - self._busy_since.setdefault(account, now.uptime) >= BUSY:
            look.note_due()
            self._busy_since[account] = now.uptime

    def _about_account(self, look: Look, line: Line, state: AccountState) -> Errand:
        if state.paused_why is not None:
            return self._while_paused(replace(look, listed_at=None), state)
        at = look.now.at
        if not state.own or state.own_checked_at is None or at - state.own_checked_at > OWN_AGE:
            return look.when_it_fits(LearnOwn())
        if look.listed_at is not None and look.listed_at <= at:
            if look.drip.wait(None) <= timedelta(0):
                return ListGroups(self._in_force.written)
            look = replace(look, listed_at=at + look.drip.wait(None))
        return hooked.errand(look, line.ear) or look.asked_for() or look.among_groups()

    def _news(
        self, books: Books, roster: Roster, state: AccountState, drip: Drip, now: Moment
    ) -> Tell | Say | Warn | Inform | None:
        """What people have to be told: what needs one of them, how the week went, what ends."""
        at = now.at
        if self._telling.listens(at):
            books.groups.wake_lost(state.account, at)
            wiped = wipes.news(books, roster, self._lines.chats, at)
            listed = feeds.news(books, at)
            held, clocks = hook_held.news(books, at), rezoned.news(books, at)
            message = self._telling.owed(books, roster, now, (*wiped, *listed, *held, *clocks))
            if message is not None and self._telling.can_tell(state):
                return Tell(message)
        return news.owed(books, roster, state, drip, at)

    def _only_outside(self, books: Books, now: Moment) -> Errand:
        """Nobody is known who could be told by chat; the outside is told what is wrong."""
        if self._telling.reaches_outside and self._telling.listens(now.at):
            message = self._telling.owed(books, EMPTY, now)
            if message is not None:
                return Tell(message)
        return Rest(now.at + LISTEN)

    def _recover(self, books: Books, tenure: Tenure, now: Moment) -> None:
        """Once in a term, and after any trouble: calls that nobody waits for any more."""
        account, at = tenure.account, now.at
        if account in self._recovered and self._recovered[account].term == tenure.term:
            return
        damaged.recover(books, account, now)
        look_again(books, [account], at, later_than=SWEEP)  # if clocks were set in between
        if tenure.shaken:
            forget_reads(books, account, at)
        self._recovered[account] = replace(tenure, since=now.uptime)

    def _while_paused(self, look: Look, state: AccountState) -> Errand:
        books, at = look.books, look.now.at
        if state.paused_until is not None and at < state.paused_until:
            rest = look.while_waiting if state.paused_why is Hold.THROTTLED else look.rest
            return hooked.errand_while_paused(look, state) or rest(state.paused_until)
        if state.paused_why is Hold.THROTTLED:
            books.accounts.save(resumed(state, at))
            return Rest(at)
        return look.when_it_fits(Probe())

    # -- running ----------------------------------------------------------------------------

    def _begun(self, books: Books, line: Line, errand: Errand) -> Left:
        """The errand, written down in the transaction that chose it; what is left is its call."""
        match errand:
            case Rest():
                return nothing_left()
            case Read(group, on_duty):
                return read(books, line, group, on_duty)
            case Send(found, step):
                return _step(books, line, found, step)
            case Probe() | LearnOwn() | LearnWebhooks() | ListGroups() | LearnLid():
                return acquaint.question(books, line, errand, self._ask_again)
            case Tell(message):
                return self._telling.tell(books, line, message)
            case Say() | Warn() | Inform() | Farewell():
                return news.say(books, line, self._in_force.read(books), errand)
            case _:
                assert_never(errand)

    def _tell_watchers(self, events: Iterable[Event]) -> None:
        for event in events:
            self._watch(event)


def _step(books: Books, line: Line, found: GroupView, step: Step) -> Left:
    if step.kind in (Kind.ADD, Kind.REMOVE):
        in_force = (found.digest, found.roster, found.timeline)
        return gate.change(books, line, in_force, found.group.id, step)
    if step.kind is Kind.RESET:
        return gate.reset(books, line, found, step)
    say = speak.invite if step.kind is Kind.INVITE else gate.say
    return say(books, line, found, step)


def _has_work(found: GroupView, now: datetime) -> bool:
    if found.closing is not None and found.closing.done_at is None:
        return found.facts.state.hold is None
    if found.facts.state.read_ended_at is None and found.facts.state.hold is None:
        return True
    return any(s.hold is None and s.due <= now + LISTEN * 6 for s in found.decision(now).steps)
