"""A stretch of time simulated for one account: its rehearsal in all weathers, under the oracles.

The daemon is the real one, its network and its time are not. Weather is drawn day by day; the last
hours are calm, so that all that was begun can come to its end.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any, TypeAlias

from rotation.core.roster import GroupId
from rotation.engine import Shared, Terms
from rotation.ledger import Ledger
from rotation.providers import Chat
from rotation.roster_file import digest
from rotation.sandbox import Delivery, Request, World
from rotation.wiring.example import OWN_PHONE, duty_for, founded
from rotation.wiring.fleet import Fleet
from rotation.wiring.hands import Hands
from rotation.wiring.monitor import SILENCE, Monitor
from rotation.wiring.mortal import Edge, Fate, Killed, MortalLedger
from rotation.wiring.oracles import NO_PING, Oracles, Violation
from rotation.wiring.planned import Deed, Plan, by_hand, made, with_outside
from rotation.wiring.post import Post
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal, hook_of
from rotation.wiring.weather import (
    CALM,
    DAY,
    Kill,
    Pause,
    Step,
    Weather,
    pauses,
    weather,
)

CALM_AT_THE_END = timedelta(hours=6)
LATENCY = 0.3
"""Seconds that a call takes when nothing is wrong."""
LOOK_AROUND = timedelta(hours=1)
_NO_ERROR = timedelta(0)
_Json: TypeAlias = dict[str, object]


@dataclass(frozen=True, slots=True)
class Seams:
    """Where something may be put between the parts.

    `chat` stands before the provider, `ledger` in place of the one in memory, and `hand` is what a
    person does at the beginning of each day. `share` is how replicas share.
    """

    chat: Callable[[Chat], Chat] | None = None
    ledger: Callable[[Fate], Ledger] = MortalLedger
    hand: Callable[["Simulation", datetime], None] | None = None
    share: type[Shared] = Shared


Blow: TypeAlias = Kill | Step | Pause | Deed


class _Found(BaseException):
    """What was looked for was found, which is no error."""


class Simulation:
    """Runs a plan once. `passed` is told of the time it is, now and then.

    It ends early at the first violation that is `enough`, where nobody wants to see more.
    """

    def __init__(
        self,
        plan: Plan,
        *,
        seams: Seams | None = None,
        passed: Callable[[datetime], None] | None = None,
        enough: Callable[[Violation], bool] | None = None,
    ) -> None:
        self.plan = plan
        self._enough, self._weighed = enough, 0
        self._seams = seams or Seams()
        self._passed = passed or (lambda _at: None)
        groups = {g.id: g for g in plan.roster.groups_of(plan.account)}
        self.roster = replace(plan.roster, groups=groups)
        self.fate = Fate()
        self.restarts = 0
        self._down = _NO_ERROR
        self._private: tuple[str, ...] = ()
        self._called_at = plan.starts
        self._post = Post(plan.seed, self._arrives)
        self.monitor = Monitor(self._missed, plan.starts)
        world = self._founded()
        self.rehearsal = self._rehearsed(world)
        self.oracles = Oracles(
            plan.account,
            with_outside(self.roster, plan),
            self.rehearsal.ledger,
            _rooms(world),
            (plan.starts, plan.ends + DAY),
            own=(OWN_PHONE,),
            drip=plan.rules.drip,
            requests=plan.rules.requests,
            daily=plan.rules.daily,
            lease=timedelta(seconds=Terms().length if plan.replicas > 1 else 0),
        )
        self.rehearsal.world.attend(self.oracles)
        self.hands = Hands(
            self.roster, self.rehearsal, self.oracles, meddles=self._puts_in, dies=self._back
        )

    @property
    def world(self) -> World:
        return self.rehearsal.world

    @property
    def now(self) -> datetime:
        return self.rehearsal.now

    def _founded(self) -> _Json:
        plan, rules = self.plan, self.plan.rules
        groups: Any = founded(self.roster, plan.starts, instance=INSTANCE, token=TOKEN)
        groups["groups"] += [made(self.roster, group) for group in plan.outside]
        groups["people"] += [{"phone": s.phone, "name": s.key} for s in plan.subscriptions]
        since, until = plan.starts - timedelta(days=9), plan.ends + timedelta(days=2)
        told = duty_for(self.roster, since, until, drip=rules.drip, requests=rules.requests)
        settings, hooks = {"latency": LATENCY}, {INSTANCE: [hook_of(plan.account)]}
        return {**groups, "duty": told, "settings": settings, "hooks": hooks}

    def _rehearsed(self, founded: _Json) -> Rehearsal:
        plan = self.plan
        how: dict[str, Any] = {
            "account": plan.account,
            "rules": plan.rules,
            "alert": self._alerted,
            "seed": plan.seed,
            "ledger": self._seams.ledger(self.fate),
            "before_call": self._leaves,
            "after_call": self._comes_back,
            "between": self._seams.chat,
            "post": self._post,
            "ping": self.monitor.hears,
        }
        if plan.replicas == 1:
            return Rehearsal(founded, plan.starts, **how)
        how |= {"replicas": plan.replicas, "share": self._seams.share, "looks": self._looked}
        return Fleet(founded, plan.starts, **how)

    def _leaves(self) -> None:
        """A call is on its way."""
        self.fate.passes(Edge.CALL)
        self._called_at = self.now

    def _comes_back(self) -> None:
        """The world has done with it."""
        if isinstance(self.rehearsal, Fleet):
            self.oracles.called(self.rehearsal.at_work, self._called_at, self.now)
        self.fate.passes(Edge.ANSWER)

    def _looked(self) -> None:
        """One of several daemons has made a step."""
        self.oracles.stepped(self.now)
        self.oracles.look(self.now)
        if isinstance(self.rehearsal, Fleet) and self.rehearsal.takeovers != self.restarts:
            self.restarts = self.rehearsal.takeovers
            self.oracles.woke(self.now)

    def _arrives(self, sent: Delivery, at: datetime) -> None:
        """A webhook reaches the daemon; of those that tell what somebody said the oracles hear."""
        told = json.loads(sent.body)
        if told["event"].startswith("message"):
            what = told["payload"]
            phone = "+" + what["participant"].partition("@")[0]
            said_at = datetime.fromtimestamp(what["timestamp"], UTC)
            self.oracles.told(what["from"], phone, said_at, at)

    def _alerted(self, text: str) -> bool:
        self.oracles.hears(text, self.now)
        return True

    def _missed(self, at: datetime) -> None:
        """The outside watch tells a person that the daemon is not heard of."""
        self.oracles.hears(f"Since {at - SILENCE:%H:%M} {NO_PING}.", at)

    def run(self) -> None:
        """From the first day to the last, and then until all has had time to settle."""
        with suppress(_Found):
            self._days()

    def _days(self) -> None:
        plan = self.plan
        self._adopt()
        calm_at = plan.ends - min(CALM_AT_THE_END, plan.length / 4)
        day = plan.starts
        while day < plan.ends:
            until = min(day + DAY, plan.ends)
            groups = tuple(self.roster.groups.values())
            today = weather(plan.force, plan.seed, self.roster, groups, day)
            self._break(today, calm_at)
            if self._seams.hand is not None:
                self._seams.hand(self, day)
            blows: tuple[Blow, ...] = (*today.blows, *by_hand(plan, day, until))
            if plan.replicas > 1:
                blows += pauses(plan.seed, day)
            self._live(min(until, calm_at), blows)
            if until > calm_at:
                self._calm()
            self._live(until, ())
            day = until
        self.oracles.unconverged(self.now)

    @property
    def trace(self) -> str:
        """A hash of every call and answer, and of every record in the ledger."""
        with self.rehearsal.ledger.reading() as books:
            head = books.audit.head()
        text = f"{self.world.trace} {head.digest if head else ''}"
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def handovers(self) -> int:
        """Boundaries with a row that were proven, or that the group's next one put an end to."""
        with self.rehearsal.ledger.reading() as books:
            rows = books.handovers.of()
        newest: dict[GroupId, datetime] = {}
        for row in rows:  # newest first
            newest.setdefault(row.group, row.at)
        return sum(row.proven_at is not None or row.at < newest[row.group] for row in rows)

    def _adopt(self) -> None:
        while True:
            try:
                self.rehearsal.adopt(self.roster, digest(self.roster))
            except Killed:
                self._back()
            else:
                return

    # Time

    def _live(self, until: datetime, blows: tuple[Blow, ...]) -> None:
        """Let time pass until an instant, with what befalls the machine on the way."""
        for blow in sorted(blows, key=lambda b: b.at):
            self._pass(min(blow.at, until))
            if blow.at < until:
                self._befall(blow)
        self._pass(until)

    def _befall(self, blow: Blow) -> None:
        if isinstance(blow, Step):
            self.sets_clock(blow.error)
        elif isinstance(blow, Deed):
            self.hands.does(blow)
        elif isinstance(blow, Pause):
            if isinstance(self.rehearsal, Fleet):
                stop = partial(self.rehearsal.pause, blow.length)
                self.fate.awaits(blow.edge, blow.count, stop)
        else:
            self._down = blow.down
            if isinstance(self.rehearsal, Fleet):
                self.rehearsal.down = blow.down
            self.fate.awaits(blow.edge, blow.count)

    def _puts_in(self, chat: str, phone: str) -> None:
        self.tell("POST", "script", {"script": [{"do": "add", "chat": chat, "phone": phone}]})

    def sets_clock(self, error: timedelta) -> None:
        """The machine's clock is wrong by `error` from now on."""
        self.oracles.clock_steps(error, self.now)
        try:
            self.rehearsal.clock_moves(error)
        except Killed:
            self._back()

    def _pass(self, until: datetime) -> None:
        for at in _hours(self.now, until):
            self._run(at)
            self.oracles.look_around(self.now)
            self._weigh()
            self._passed(self.now)

    def _run(self, until: datetime) -> None:
        while self.now < until:
            before, ticks = self.now, self.rehearsal.ticks
            try:
                self.rehearsal.step(until)
            except Killed:
                self.oracles.look(self.now)
                self._back()
            else:
                self.oracles.look(self.now)
            if self.rehearsal.ticks > ticks and self.plan.replicas == 1:
                self.oracles.worked(before, self.now)
            self._listen()
            self._weigh()

    def _weigh(self) -> None:
        """Whether what was found since the last time is enough."""
        found = self.oracles.found
        if self._enough is not None and len(found) > self._weighed:
            new, self._weighed = found[self._weighed :], len(found)
            if any(map(self._enough, new)):
                raise _Found

    def _listen(self) -> None:
        """What the outside watch has heard by now, and what it has not.

        Where replicas share the work others take over from one that is gone.
        """
        if self.plan.replicas == 1:
            self.rehearsal.heart.beats()
            self.monitor.passes(self.now)

    def _back(self) -> None:
        """The daemon comes back, at once or after a while."""
        until, self._down = self.now + self._down, _NO_ERROR
        self._listen()
        self.oracles.died(self.now)
        while self.now < until:
            self.world.idle(until)
        self.restarts += 1
        if self.plan.replicas == 1:
            self.monitor.passes(self.now)
        self.rehearsal.restart()
        self.oracles.woke(self.now)

    # Weather

    def _break(self, today: Weather, calm_at: datetime) -> None:
        self._post.mail = today.mail
        self.tell("DELETE", "faults")
        if today.faults:
            self.tell("POST", "faults", {"faults": list(today.faults)})
        deeds = [d for d in today.deeds if datetime.fromisoformat(str(d["at"])) < calm_at]
        if deeds:
            self.tell("POST", "script", {"script": deeds})
        if today.settings:
            self.tell("POST", "settings", dict(today.settings))
        self._keep_private(today.private)

    def _keep_private(self, phones: tuple[str, ...]) -> None:
        names = {str(p.phone): p.name for p in self.roster.people.values()}
        for phone in dict.fromkeys((*self._private, *phones)):
            privacy = "contacts" if phone in phones else "anyone"
            self.tell("POST", "people", {"phone": phone, "name": names[phone], "privacy": privacy})
        self._private = phones

    def _calm(self) -> None:
        """All that was wrong is right again, and stays so."""
        self._break(replace(CALM, settings={"re_adding_chance": 0.0}), self.now)
        self.tell("POST", "script", {"script": [{"do": "session"}]})
        for group in self.roster.groups.values():
            deed = {"do": "promote", "chat": group.chat, "phone": "us"}
            self.tell("POST", "script", {"script": [deed]})
        self.fate.spares()
        if self.rehearsal.clock_error:
            self.sets_clock(_NO_ERROR)
        self.oracles.woke(self.now)

    def tell(self, method: str, path: str, body: _Json | None = None) -> _Json:
        """Say something to the sandbox at its other door. Raises RuntimeError when it won't."""
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.world.handle(Request.to(method, f"/sandbox/{path}", {}, sent))
        if answer.status != HTTPStatus.OK:
            raise RuntimeError(f"the sandbox refused {path}: {answer.body.decode()}")
        told: _Json = json.loads(answer.body)
        return told


def _hours(since: datetime, until: datetime) -> Iterator[datetime]:
    """Instants an hour apart, and `until`."""
    at = since + LOOK_AROUND
    while at < until:
        yield at
        at += LOOK_AROUND
    if since < until:
        yield until


def _rooms(founded: Mapping[str, object]) -> dict[str, tuple[str, tuple[str, ...]]]:
    groups = founded["groups"]
    if not isinstance(groups, list):
        raise TypeError("a world has a list of groups")
    return {g["chat"]: (g["creator"], (g["creator"], *g["admins"], *g["members"])) for g in groups}
