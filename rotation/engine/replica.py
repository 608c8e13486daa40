"""One of several processes that share a ledger: which accounts it works on, and for how long.

Nobody's wall clock is asked. A holder counts its lease up; whoever has seen the same count for a
whole term on its own boot clock takes it over. The holder itself stops trusting a term some seconds
before that can be, counted from before it asked for it.
"""

import math
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.engine.tenure import Fenced, Tenure
from rotation.ledger import HOUSE, NOBODY, Books, Lease, Ledger, Replica

TIMELINES = "timelines"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long a lease lasts, and how its holder keeps it; all in seconds of a boot clock.

    `margin` is what a holder stops earlier than others may begin: two clocks don't run alike, and a
    call leaves a moment after it was allowed to. `renewal`: how often all of it is looked at.
    `vacancy`: how long a lease stays nobody's before even a replica with its share takes it.
    `quiet`: nothing is done for so long where the end of the last term may have been lost.
    """

    length: float = 45.0
    margin: float = 5.0
    renewal: float = 10.0
    vacancy: float = 15.0
    quiet: float = 90.0


@dataclass(slots=True)
class _Watch:
    """Since which boot second each thing has been seen as it is now."""

    since: dict[str, tuple[object, float]] = field(default_factory=dict)

    def note(self, name: str, seen: object, read_at: float) -> None:
        if name not in self.since or self.since[name][0] != seen:
            self.since[name] = (seen, read_at)

    def unchanged(self, name: str, now: float) -> float:
        return now - self.since[name][1]


@dataclass(frozen=True, slots=True)
class _Sight:
    """What the ledger said in one beat, and when on our clock it was asked and had answered."""

    books: Books
    began: Moment
    timeline: str
    leases: dict[AccountId, Lease]
    others: list[Replica]
    """Those that live, as far as we know, and would take an account."""


class Shared:
    """The tenures of one replica. `beat` is to be called again after the seconds it returns."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Callable[[], Moment],
        me: Replica,
        terms: Terms | None = None,
        *,
        by_real_time: bool = False,
    ) -> None:
        """`by_real_time`: our clock is meant to tell the time that the ledger's server has."""
        self._ledger = ledger
        self._clock = clock
        self.me = me
        self.terms = terms or Terms()
        self._by_real_time = by_real_time
        self.clock_offset: timedelta | None = None
        self._tenures: dict[AccountId, Tenure] = {}
        self._wanted_back: frozenset[AccountId] = frozenset()
        self._turns = {account: threading.Lock() for account in (*me.accounts, HOUSE)}
        self._watch = _Watch()

    # -- what an engine asks ----------------------------------------------------------------

    def of(self, account: AccountId) -> Tenure | None:
        return self._tenures.get(account)

    def fence(self, books: Books, tenure: Tenure) -> None:
        books.leases.require(tenure.account, self.me.replica, tenure.term, tenure.timeline)

    @contextmanager
    def at_work(self, account: AccountId) -> Iterator[Tenure | None]:
        with self._turns[account]:
            yield None if account in self._wanted_back else self.of(account)

    @property
    def office(self) -> Fenced | None:
        """The ledger for whoever keeps house; None where that is somebody else."""
        tenure = self.of(HOUSE)
        return None if tenure is None else Fenced(self._ledger, self, tenure, heard=True)

    @property
    def held(self) -> frozenset[AccountId]:
        return frozenset(self._tenures) - {HOUSE}

    # -- what keeps it going ----------------------------------------------------------------

    def sees(self, roster: str) -> None:
        """The roster files here have this digest; told to the others at the next beat."""
        self.me = replace(self.me, roster=roster)

    def beat(self) -> float:
        """Renew what is ours, take what is free, give up what is too much; seconds until the next.

        Raises LedgerUnavailable; what was ours is then trusted as long as before and no longer.
        UnknownSchema: there is nothing more to do for this program.
        """
        with ExitStack() as turns:
            began = self._clock()
            with self._ledger.writing() as books:
                books.heard(by_others=False)
                sight = self._look(books, began)
                kept = self._kept(sight)
                spare = self._given_up(sight, kept, turns)
                taken = self._taken(sight, kept - spare, spare)
            self._settle(sight, kept - spare, taken)
        return self._until_next(sight)

    def leave(self) -> None:
        """Give up all that nobody works on, so that others need not wait. Raises LedgerTrouble."""
        with ExitStack() as turns:
            idle = {a: t for a, t in self._tenures.items() if self._has_turn(a, turns)}
            with self._ledger.writing() as books:
                timeline = books.leases.timeline()
                leases = {lease.account: lease for lease in books.leases.all()}
                ours = [
                    a for a, t in idle.items() if a in leases and self._is(t, leases[a], timeline)
                ]
                books.leases.give_up(ours, self._clock().at)
                books.leases.strike([self.me.replica])
            self._tenures = {a: t for a, t in self._tenures.items() if a not in idle}

    # -- one beat ---------------------------------------------------------------------------

    def _look(self, books: Books, began: Moment) -> _Sight:
        timeline = books.leases.timeline()
        if self._by_real_time:
            self.clock_offset = self._apart(books)
        known = (books.meta.get(TIMELINES) or "").split()
        if known[-1:] != [timeline]:
            known.append(timeline)
            books.meta.put(TIMELINES, " ".join(known))
        leases = {lease.account: lease for lease in books.leases.all()}
        if missing := [a for a in self._turns if a not in leases]:
            # Where history has changed, a lease that is missing may be lost instead of new.
            books.leases.add(missing, timeline if known == [timeline] else "", began.at)
            leases = {lease.account: lease for lease in books.leases.all()}
        replicas = [r for r in books.leases.replicas() if r.replica != self.me.replica]
        read_at = self._clock().uptime
        for lease in leases.values():
            seen = (timeline, lease.holder, lease.term, lease.renewed)
            self._watch.note(lease.account, seen, read_at)
        for other in replicas:
            self._watch.note(other.replica, other.beat, read_at)
        silent = {r.replica: self._watch.unchanged(r.replica, began.uptime) for r in replicas}
        books.leases.strike([r for r, since in silent.items() if since > 10 * self.terms.length])
        living = [r for r in replicas if silent[r.replica] < self.terms.length]
        self._sign(books, living, began.at)
        return _Sight(books, began, timeline, leases, [r for r in living if not r.standby])

    def _apart(self, books: Books) -> timedelta | None:
        return books.leases.clock_ahead(lambda: self._clock().at)

    def _sign(self, books: Books, living: Collection[Replica], at: datetime) -> None:
        newer = [r for r in living if r.zone_data > self.me.zone_data]
        why = ""
        if newer:
            here, there = self.me.zone_data, newer[0]
            why = f"time-zone data {here} is older than {there.zone_data} of {there.place}"
        self.me = replace(self.me, standby=why, beat=self.me.beat + 1, seen_at=at)
        books.leases.sign(self.me)

    def _kept(self, sight: _Sight) -> frozenset[AccountId]:
        """What is still ours, counted up."""
        kept = frozenset(
            account
            for account, tenure in self._tenures.items()
            if self._is(tenure, sight.leases[account], sight.timeline)
        )
        sight.books.leases.renew(kept)
        return kept

    def _is(self, tenure: Tenure, lease: Lease, timeline: str) -> bool:
        """Whether the ledger says so too, in the history in which we were told."""
        said = (lease.holder, lease.term, timeline)
        return said == (self.me.replica, tenure.term, tenure.timeline)

    def _given_up(
        self, sight: _Sight, kept: frozenset[AccountId], turns: ExitStack
    ) -> frozenset[AccountId]:
        """What others have room for and we have too much of, once nothing of it is under way."""
        self._wanted_back = frozenset(self._too_much(sight, kept))
        given = {a for a in self._wanted_back if self._has_turn(a, turns)}
        if HOUSE in kept and kept <= given | {HOUSE} and self._has_turn(HOUSE, turns):
            given.add(HOUSE)  # whoever keeps house works on some account
        if given:
            sight.books.leases.give_up(given, sight.began.at)
            sight.books.heard(by_others=True)
        return frozenset(given)

    def _too_much(self, sight: _Sight, kept: frozenset[AccountId]) -> Iterator[AccountId]:
        mine = sorted(kept - {HOUSE}, reverse=True)
        share = self._share(sight)
        too_many = len(mine) if self.me.standby else len(mine) - share
        loads = Counter(lease.holder for a, lease in sight.leases.items() if a != HOUSE)
        for account in mine:
            takers = (o.replica for o in sight.others if account in o.accounts)
            taker = min(takers, key=lambda other: loads[other], default=None)
            if too_many > 0 and taker is not None and loads[taker] < share:
                loads[taker] += 1
                too_many -= 1
                yield account

    def _share(self, sight: _Sight) -> int:
        """How many accounts each of those who take any should have at most."""
        takers = len(sight.others) + (not self.me.standby)
        return math.ceil(len(self.me.accounts) / takers)

    def _taken(
        self, sight: _Sight, kept: frozenset[AccountId], spare: frozenset[AccountId]
    ) -> dict[AccountId, Tenure]:
        """What is free and our share, or what nobody else wants; and the house if we have any."""
        taken: dict[AccountId, Tenure] = {}
        if self.me.standby:
            return taken
        for account in sorted(self.me.accounts):
            if account in kept | spare or not self._is_free(sight, account):
                continue
            has_room = len(kept - {HOUSE}) + len(taken) < self._share(sight)
            if has_room or self._unchanged(sight, account) >= self.terms.vacancy:
                taken[account] = self._take(sight, account)
        if HOUSE not in kept | spare and self._is_free(sight, HOUSE) and (kept or taken):
            taken[HOUSE] = self._take(sight, HOUSE)
        return taken

    def _is_free(self, sight: _Sight, account: AccountId) -> bool:
        """Given up, or ours without our having heard of it; or it has not been counted up at all.

        In another history than that it was taken in only the last says anything.
        """
        lease = sight.leases[account]
        said = lease.holder in {NOBODY, self.me.replica} and lease.timeline == sight.timeline
        return said or self._unchanged(sight, account) >= self.terms.length

    def _unchanged(self, sight: _Sight, account: AccountId) -> float:
        return self._watch.unchanged(account, sight.began.uptime)

    def _take(self, sight: _Sight, account: AccountId) -> Tenure:
        lease, timeline = sight.leases[account], sight.timeline
        term = sight.books.leases.take(lease, self.me.replica, timeline, sight.began.at)
        shaken = lease.timeline != timeline
        return Tenure(account, term, 0.0, timeline=timeline, shaken=shaken)

    def _settle(
        self, sight: _Sight, kept: frozenset[AccountId], taken: dict[AccountId, Tenure]
    ) -> None:
        """What was committed is so; counted from before it was asked for."""
        until = sight.began.uptime + self.terms.length - self.terms.margin
        since = self._clock().uptime
        tenures = {a: replace(self._tenures[a], until=until) for a in kept}
        for account, tenure in taken.items():
            quiet = since + self.terms.quiet if tenure.shaken else since
            tenures[account] = replace(tenure, since=since, until=until, quiet_until=quiet)
        self._tenures = tenures

    def _has_turn(self, account: AccountId, turns: ExitStack) -> bool:
        if not self._turns[account].acquire(blocking=False):
            return False
        turns.callback(self._turns[account].release)
        return True

    def _until_next(self, sight: _Sight) -> float:
        """Until all has to be looked at again, or earlier if a lease of another may run out."""
        if self._wanted_back & self.held:
            return min(1.0, self.terms.renewal)
        others = set(self._turns) - set(self._tenures)
        left = (self.terms.length - self._unchanged(sight, a) for a in others)
        return min([self.terms.renewal, *(seconds for seconds in left if seconds > 0)])
