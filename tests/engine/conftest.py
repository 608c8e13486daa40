"""A desk rehearsed: the real engine, ledger and provider over the sandbox's world in memory."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Attempt, Effect, Grant, HeldItem, Kind, Seat
from rotation.core.roster import (
    AccountId,
    ChatId,
    Every,
    Everyone,
    Group,
    GroupId,
    Hours,
    Mode,
    Person,
    PersonId,
    Phone,
    Policy,
    Roster,
    Shift,
    ShiftId,
    Turns,
)
from rotation.core.timeline import Timeline
from rotation.engine import AccountRules, Adopted, Event
from rotation.engine.house import KEEP
from rotation.ledger import AuditRecord, Books
from rotation.roster_file import digest
from rotation.sandbox import Request
from rotation.sandbox.given import as_utc
from rotation.wiring.example import CUSTOMERS, OWN_PHONE, duty_for, founded
from rotation.wiring.mortal import Edge, Fate, Killed, MortalLedger
from rotation.wiring.post import Post
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal, hook_of

Json: TypeAlias = Any
"""Whatever an answer holds; tests look into it freely."""

MAIN = AccountId("main")
MONDAY = date(2026, 1, 5)
FOLLOW_THE_SUN = {
    "asia": ("00:00-08:00", "ana"),
    "europe": ("08:00-16:00", "ben"),
    "america": ("16:00-24:00", "chen"),
}


def instant(clock: str, day: date = MONDAY) -> datetime:
    return datetime.combine(day, datetime.min.time(), UTC) + _after_midnight(clock)


def _after_midnight(clock: str) -> timedelta:
    hours, minutes, *seconds = (int(part) for part in clock.split(":"))
    return timedelta(hours=hours, minutes=minutes, seconds=sum(seconds))


def ids(names: str) -> tuple[PersonId, ...]:
    return tuple(PersonId(name) for name in names.split())


def build_shift(name: str, hours: str, who: str | Turns, zone: str = "UTC") -> Shift:
    """Daily; `who` are all on duty, unless it is somebody's turn."""
    starts, ends = (int(_after_midnight(t).total_seconds() // 60) for t in hours.split("-"))
    turns = Everyone(ids(who)) if isinstance(who, str) else who
    told = Hours(starts, ends, int(ends <= starts))
    return Shift(ShiftId(name), zone, told, frozenset(range(7)), turns)


def build_roster(
    shifts: Mapping[str, tuple[Any, ...]] | None = None,
    *,
    groups: str = "desk",
    mode: Mode = Mode.MANAGED,
    always_in: str = "",
    pins: str = "",
    others: str = "dora mara",
    tell: str = "",
    **policy: object,
) -> Roster:
    """Groups that follow the sun (ana from 00:00, ben from 08:00, chen from 16:00 UTC).

    A shift is (hours, who, zone). `others` are known and on no shift.
    """
    told = FOLLOW_THE_SUN if shifts is None else shifts
    known = {name: build_shift(name, *what) for name, what in told.items()}
    names = [p for s in known.values() for p in s.people]
    names = list(dict.fromkeys([*names, *ids(f"{always_in} {pins} {others}")]))
    people = {p: Person(p, p.title(), Phone(f"+35191000{n:04d}")) for n, p in enumerate(names)}
    made = {
        GroupId(name): Group(
            id=GroupId(name),
            account=MAIN,
            chat=ChatId(f"12036304123456{n:04d}@g.us"),
            shifts=tuple(s.id for s in known.values()),
            mode=mode,
            policy=Policy(**policy),
            always_in=ids(always_in),
            pins=ids(pins),
        )
        for n, name in enumerate(groups.split())
    }
    return Roster(people, {s.id: s for s in known.values()}, made, tell=ids(tell))


class Death(Fate):
    """Kills the daemon after some of its commits, and before some of the answers to its calls.

    Both are counted from 1, over all its lives. What a dead daemon asked for has happened in the
    world.
    """

    def __init__(self, at_commits: Collection[int] = (), at_answers: Collection[int] = ()) -> None:
        super().__init__()
        self._at: dict[Edge, Collection[int]] = {Edge.COMMIT: at_commits, Edge.ANSWER: at_answers}
        self._passed: Counter[Edge] = Counter()

    @property
    def commits(self) -> int:
        return self._passed[Edge.COMMIT]

    @property
    def answers(self) -> int:
        return self._passed[Edge.ANSWER]

    def passes(self, edge: Edge) -> None:
        self._passed[edge] += 1
        if self._passed[edge] in self._at.get(edge, ()):
            raise Killed(edge)


@dataclass
class Day:
    """A rehearsal with the words that tests use. Names are people's keys; instants are UTC.

    A clock time (`"08:30"`) is its next occurrence.
    """

    roster: Roster
    rehearsal: Rehearsal
    death: Death
    rules: AccountRules
    given: list[Grant] = field(default_factory=list)
    managed: list[str] = field(default_factory=list)
    """Numbers the judge lets us remove besides those the roster names."""
    left: list[str] = field(default_factory=list)
    """Who may be in no group any more."""
    moved: dict[str, str] = field(default_factory=dict)
    """Who may be in no group any more of which team."""
    over: dict[str, bool] = field(default_factory=dict)
    """Groups in which nobody has to be any more, and whether customers may go as well."""

    # Time

    @property
    def now(self) -> datetime:
        return self.rehearsal.now

    def at(self, clock: str | datetime | timedelta) -> datetime:
        if isinstance(clock, timedelta):
            return self.now + clock
        if isinstance(clock, datetime):
            return clock
        found = instant(clock, self.now.date())
        return found if found >= self.now else found + timedelta(days=1)

    def until(self, clock: str | datetime | timedelta) -> "Day":
        """Let the world's time pass; a daemon that dies on the way is started again."""
        at = self.at(clock)
        while True:
            try:
                self.rehearsal.run(at)
            except Killed:
                self.rehearsal.restart()
            else:
                return self

    def after(self, **length: float) -> "Day":
        return self.until(timedelta(**length))

    def down(self, clock: str | datetime | timedelta) -> "Day":
        """No daemon runs until then; it is started anew."""
        at = self.at(clock)
        while self.now < at:
            self.rehearsal.world.idle(at)
        self.rehearsal.restart()
        return self

    # The world

    def ask(self, method: str, path: str, body: object = None) -> Json:
        """Ask the sandbox something at its other door."""
        sent = b"" if body is None else json.dumps(body).encode()
        answer = self.rehearsal.world.handle(Request.to(method, f"/sandbox/{path}", {}, sent))
        assert answer.status == 200, answer.body
        return json.loads(answer.body)

    def fault(self, name: str, **more: object) -> None:
        self.ask("POST", "faults", {"fault": name, **more})

    def heal(self) -> None:
        self.ask("DELETE", "faults")

    def settings(self, **more: object) -> None:
        self.ask("POST", "settings", more)

    def chat(self, group: str = "desk") -> str:
        return self.roster.groups[GroupId(group)].chat

    def phone(self, name: str) -> str:
        known = self.roster.people.get(PersonId(name))
        return known.phone if known else name

    def name(self, phone: str) -> str:
        """Who goes by a number: a key of the roster, or the number itself."""
        return next((str(p.id) for p in self.roster.people.values() if p.phone == phone), phone)

    def human(self, do: str, who: str = "", group: str = "desk", **more: object) -> None:
        """Somebody in the group does something without us: add, remove, leave, demote, ..."""
        phone = {"phone": self.phone(who)} if who else {}
        self.ask("POST", f"groups/{self.chat(group)}/{do}", {**phone, **more})

    def script(self, do: str, **more: object) -> None:
        self.ask("POST", "script", {"do": do, **more})

    def members(self, group: str = "desk") -> set[str]:
        """Everybody truly in the group, customers and us included."""
        return set(self.ask("GET", "state")["groups"][self.chat(group)]["members"])

    def inside(self, group: str = "desk") -> str:
        """The roster's people who are truly in the group, in order."""
        phones = self.members(group)
        return " ".join(sorted(p for p, who in self.roster.people.items() if who.phone in phones))

    def calls(self, *kinds: str, since: datetime | None = None) -> list[Json]:
        """The world's log of what arrived at its front door."""
        entries = self.ask("GET", "log")["entries"]
        return [
            e
            for e in entries
            if e["kind"] in (kinds or _CHANGING)
            and (since is None or datetime.fromisoformat(e["at"]) >= since)
        ]

    def sent(self, *kinds: str, since: datetime | None = None) -> list[str]:
        """Changes that arrived, in words: `add ben`."""
        return [
            " ".join([e["kind"], *(self.name(p) for p in e["people"])])
            for e in self.calls(*(kinds or ("add", "remove")), since=since)
        ]

    def said(self, to: str = "desk") -> list[str]:
        """What our account wrote to a group, or to a person."""
        chat = self.chat(to) if GroupId(to) in self.roster.groups else self.phone(to)
        messages = self.ask("GET", f"messages?chat={chat.replace('+', '%2B')}")["messages"]
        return [m["text"] for m in messages if m["sender"] == OWN_PHONE]

    def heard(self, person: str) -> list[tuple[datetime, str]]:
        """When our account wrote what to a person."""
        path = f"messages?chat={self.phone(person).replace('+', '%2B')}"
        messages = self.ask("GET", path)["messages"]
        return [(datetime.fromisoformat(m["at"]), m["text"]) for m in messages]

    @property
    def wrongs(self) -> dict[str, int]:
        """The judge's rules that were broken, and how often."""
        counts = self.rehearsal.world.verdict()["counts"]
        assert isinstance(counts, dict)
        return {rule: count for rule, count in counts.items() if count}

    @property
    def measures(self) -> Json:
        return self.rehearsal.world.verdict()["measures"]

    # The ledger

    @contextmanager
    def books(self) -> Iterator[Books]:
        with self.rehearsal.ledger.reading() as books:
            yield books

    @contextmanager
    def by_hand(self) -> Iterator[Books]:
        """Write to the ledger as the command line does; the daemon looks around at once."""
        try:
            with self.rehearsal.ledger.writing() as books:
                yield books
        except Killed:  # the daemon, not the hand: what was written stays
            self.rehearsal.restart()
        self.rehearsal.wake()

    def seats(self, group: str = "desk") -> dict[str, Seat]:
        with self.books() as books:
            return {str(p): s for p, s in books.seats.of(GroupId(group)).items()}

    def holds(self) -> dict[str, str]:
        """What is held: `ben: refused`, `desk: not_admin`, `main: session`, `roster: breaker`."""
        with self.books() as books:
            return {_place(h.item): h.item.hold.value for h in books.holds.in_force()}

    def hold_id(self, hold: str) -> int:
        with self.books() as books:
            return next(h.id for h in books.holds.in_force() if h.item.hold.value == hold)

    def release(self, hold: str) -> str:
        """A person releases a hold; returns the answer of the next tick."""
        number = self.hold_id(hold)
        with self.by_hand() as books:
            asked = books.intents.ask("release", {"hold": str(number)}, "mara", "ok", self.now)
        self.after(seconds=1)
        with self.books() as books:
            found = books.intents.get(asked)
        assert found is not None
        return found.answer

    def audit(self, *kinds: str, person: str | None = None) -> list[AuditRecord]:
        """Records of these kinds, oldest first."""
        with self.books() as books:
            found = books.audit.list(person=PersonId(person) if person else None)
        return [r for r in reversed(found) if not kinds or r.kind in kinds]

    def attempts(self, *kinds: Kind) -> list[Attempt]:
        """Everything that was tried, oldest first."""
        with self.books() as books:
            return [a for a in reversed(books.attempts.of()) if not kinds or a.kind in kinds]

    def events(self, *kinds: str) -> list[Event]:
        return [e for e in self.rehearsal.events if e.kind in kinds]

    def settled(self) -> bool:
        """Nothing differs between what is wanted and what was seen, in any group."""
        views = [self.rehearsal.engine.view(group) for group in self.roster.groups]
        return all(v is not None and v.decision(self.now).settled for v in views)

    def unlawful(self) -> list[str]:
        """What is wrong with all that was done so far, however it went; nothing, it is hoped."""
        with self.books() as books:
            chain = books.audit.verify()
        return [
            *(f"judge: {rule}, {count} times" for rule, count in self.wrongs.items()),
            *([f"audit: {chain}"] if chain else []),
            *(f"the guard had to refuse: {e.text}" for e in self.events("guarded")),
            *(f"sent without an attempt: {call}" for call in self._unwritten()),
            *(f"overlapping: {call}" for call in self._overlapping()),
            *(f"no proof for: {record}" for record in self._unproven()),
            *(self._miscounted() if self.settled() else ()),
        ]

    def _unwritten(self) -> Iterator[tuple[str, str]]:
        """Calls that left before their attempt was committed (S10)."""
        arrived = Counter((e["at"], e["kind"]) for e in self.calls("add", "remove", "text"))
        tried = Counter((as_utc(a.sent_at), _WIRE.get(a.kind, "text")) for a in self.attempts())
        yield from (arrived - tried).elements()

    def _overlapping(self) -> Iterator[str]:
        """Calls that left before the last one was over, as far as the ledger knows (S9)."""
        tried = self.attempts()
        for last, following in pairwise(tried):
            if last.ended_at is None or following.sent_at < last.ended_at:
                yield f"{following.kind} {following.person} at {following.sent_at}"

    def _unproven(self) -> Iterator[str]:
        """Records of a change by us that no read begun after its last attempt bears out (A2)."""
        tried = {a.id: a for a in self.attempts()}
        reads = [datetime.fromisoformat(e["at"]) for e in self.calls("group", "detail", "members")]
        for record in self.audit(*_OURS):
            mine = [tried[n] for n in record.attempts]
            ended = [a.ended_at for a in mine if a.ended_at]
            read = mine and any(max(ended) <= at <= record.at for at in reads)
            about = {(record.group, record.person)} == {(a.group, a.person) for a in mine}
            if not (read and about and record.reason and record.origin):
                yield f"{record.kind} {record.person} {record.at}"

    def _miscounted(self) -> Iterator[str]:
        """Each effect of ours has one closing record; only a late one shares its attempts (A1)."""
        closing = self.audit(*_OURS)
        for kinds, effects in (("added late_add", "adds"), ("removed late_removal", "removals")):
            records = sum(r.kind in kinds.split() for r in closing)
            if records != self.measures[effects]:
                yield f"{self.measures[effects]} {effects} took effect, {records} are recorded"
        timely = [r for r in closing if not r.kind.startswith("late")]
        twice = [n for n, c in Counter(n for r in timely for n in r.attempts).items() if c > 1]
        yield from (f"attempt {n} is in two closing records" for n in twice)

    # By hand

    def adopt(self, roster: Roster) -> Adopted:
        """Offer another roster; the judge is told when it is in force."""
        while True:
            try:
                adopted = self.rehearsal.adopt(roster, digest(roster))
            except Killed:
                self.rehearsal.restart()
            else:
                break
        if adopted.in_force:
            self.roster = roster
            self.tell_judge()
        return adopted

    def grant(
        self,
        person: str,
        until: str | datetime | timedelta | None = None,
        *,
        starts: str | datetime | None = None,
        out: bool = False,
        duty: bool = False,
        group: str = "desk",
    ) -> Grant:
        """Put somebody in, or out, by mara's hand."""
        with self.by_hand() as books:
            made = books.grants.make(
                group=GroupId(group),
                person=PersonId(person),
                effect=Effect.OUT if out else Effect.IN,
                starts=self.now if starts is None else self.at(starts),
                until=None if until is None else self.at(until),
                duty=duty,
                reason="as agreed",
                author="mara",
                now=self.now,
            )
            books.groups.wake(self.now)
        self.given.append(made)
        self.tell_judge()
        return made

    def let(self, person: str, starts: str, until: str) -> None:
        """Tell the judge that somebody may be in by a rule that plain spans do not show."""
        for group in self.roster.groups:
            self.given.append(
                Grant(
                    0, group, PersonId(person), Effect.IN, self.at(starts), self.at(until),
                    duty=True, reason="", author="", made_at=self.now,
                )
            )  # fmt: skip
        self.tell_judge()

    def tell_judge(self) -> None:
        """What the judge has to know now: the roster with what was done by hand."""
        since, until = self.now - timedelta(days=2), self.now + timedelta(days=AHEAD)
        drip, requests = self.rules.drip, self.rules.requests
        told: Json = duty_for(self.roster, since, until, drip=drip, requests=requests)
        gone = [{"phone": self.phone(who), "since": as_utc(self.now)} for who in self.left]
        told["leavers"] = gone + [
            {"phone": self.phone(who), "since": as_utc(self.now), "chats": [
                g.chat for g in self.roster.groups.values() if g.team == team
            ]}
            for who, team in self.moved.items()
        ]  # fmt: skip
        for known in self.roster.groups.values():
            if known.chat in told:
                told[known.chat]["managed"] += self.managed
        for grant in self.given:
            group = self.roster.groups[grant.group]
            early = group.policy.join_early
            _lay_over(told[group.chat], grant, self.phone(grant.person), early)
        for name, everyone in self.over.items():
            _empty(told[self.chat(name)], everyone=everyone)
        self.ask("POST", "duty", told)


_OURS = ("added", "removed", "late_add", "late_removal")
_WIRE = {Kind.ADD: "add", Kind.REMOVE: "remove"}
_CHANGING = ("add", "remove", "text", "invite")
AHEAD = 20
"""Days of duty that the judge knows."""


def _place(item: HeldItem) -> str:
    return str(item.person or item.group or item.account or "roster")


def _empty(told: Json, *, everyone: bool) -> None:
    """Nobody is due in a group, and whoever is not protected may go."""
    told.update(duty=[], allowed=[], entitled=[])
    if everyone:
        told["protected"] = [p for p in told["protected"] if p != CUSTOMERS[1]]
        told["managed"].append(CUSTOMERS[1])


def _lay_over(told: Json, grant: Grant, phone: str, early: timedelta) -> None:
    """A grant on the plain spans of one group, as the judge knows them.

    After time off people may come early as before any shift.
    """
    ends = min((t for t in (grant.until, grant.ended_at) if t), default=None)
    if grant.effect is Effect.IN:
        span = {
            "phone": phone,
            "starts": grant.starts.isoformat(),
            "ends": ends.isoformat() if ends else None,
        }
        told["managed"].append(phone)
        for kind in ("allowed", "entitled", *(["duty"] if grant.duty else [])):
            told[kind].append(span)
        return
    for kind in ("duty", "allowed", "entitled"):
        sooner = timedelta(0) if kind == "duty" else early
        until = ends - sooner if ends else None
        told[kind] = [piece for span in told[kind] for piece in _cut(span, grant, phone, until)]


def _cut(span: Json, grant: Grant, phone: str, until: datetime | None) -> list[Json]:
    starts, ends = (datetime.fromisoformat(span[end]) for end in ("starts", "ends"))
    until = min(until or ends, ends)
    if span["phone"] != phone or until <= grant.starts or ends <= grant.starts or until <= starts:
        return [span]
    pieces = [(starts, min(grant.starts, ends)), (until, ends)]
    return [
        {"phone": phone, "starts": s.isoformat(), "ends": e.isoformat()} for s, e in pieces if s < e
    ]


@pytest.fixture(scope="session")
def day() -> Callable[..., Day]:
    """Makes a rehearsal that begins at a clock time (`starts`) of Monday 5 January 2026.

    `roster` is one, or the shifts for `build_roster`, which `words` are for. `inside` are the
    people of the roster in the groups, by default those on duty. `world` is laid over the
    sandbox's founding data (`settings`, `faults`, `script`, ...); `change` may do more to it.
    `ledger` is its URL. With a `post` webhooks arrive as it brings them. What ended
    longer than `keep` ago is let go.
    """

    def make(
        roster: Roster | Mapping[str, tuple[Any, ...]] | None = None,
        *,
        starts: str | datetime = "07:30",
        inside: str | None = None,
        rules: AccountRules | None = None,
        alert: Callable[[str], bool] | None = None,
        death: Death | None = None,
        seed: int = 0,
        change: Callable[[Json], None] | None = None,
        world: Mapping[str, object] | None = None,
        adopted: bool = True,
        ledger: str = "sqlite://",
        before_call: Callable[[], None] | None = None,
        post: Post | None = None,
        keep: timedelta = KEEP,
        **words: object,
    ) -> Day:
        known = roster if isinstance(roster, Roster) else build_roster(roster, **words)
        at = starts if isinstance(starts, datetime) else instant(starts)
        told: Json = {**founded(known, at, instance=INSTANCE, token=TOKEN), **(world or {})}
        since, until = at - timedelta(days=2), at + timedelta(days=AHEAD)
        allowed = rules or AccountRules()
        if post is not None:
            told.setdefault("hooks", {INSTANCE: [hook_of(MAIN)]})
        told["duty"] = duty_for(known, since, until, drip=allowed.drip, requests=allowed.requests)
        here = {p for g in known.groups for p in Timeline(known).on_duty(g, at)}
        _only(told, known, " ".join(sorted(here)) if inside is None else inside)
        if change is not None:
            change(told)
        ends = death or Death()
        rehearsal = Rehearsal(
            told, at, rules=rules, alert=alert, seed=seed,
            ledger=MortalLedger(ends, ledger),
            before_call=before_call or partial(ends.passes, Edge.CALL),
            after_call=partial(ends.passes, Edge.ANSWER),
            post=post,
            keep=keep,
        )  # fmt: skip
        made = Day(known, rehearsal, ends, allowed)
        if adopted:
            made.adopt(known)
        return made

    return make


def _only(founded: Json, roster: Roster, names: str) -> None:
    """Of the roster's people these are in the groups, and nobody else."""
    phones = {p.phone for p in roster.people.values()}
    for group in founded["groups"]:
        others = [m for m in group["members"] if m not in phones]
        group["members"] = [*others, *(roster.people[p].phone for p in ids(names))]


@pytest.fixture(scope="session")
def make_roster() -> Callable[..., Roster]:
    return build_roster


@pytest.fixture(scope="session")
def turns() -> Callable[..., Turns]:
    """Whose turn it is, changing every day from Monday 5 January 2026."""

    def made(order: str, on_duty: int = 1) -> Turns:
        return Turns(ids(order), Every.DAY, 1, MONDAY, on_duty)

    return made


@pytest.fixture(scope="session")
def death() -> type[Death]:
    """When the daemon dies: `death(at_commits=[3])`, or `death(at_answers=[2])`."""
    return Death
