"""Commands in a managers' group: who, next, cover me; answered in private, changed by a code.

A webhook is a stranger's word, and so is what one says that somebody wrote. So an answer goes to
the number of the person and never into the group, and whatever changes anything takes a code that
was sent there: whoever forges a message learns nothing, and changes nothing. What is asked for is
weighed and carried out by the order of that name, like everything else.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import structlog

from rotation.core.roster import EMPTY, AccountId, PersonId
from rotation.core.timeline import Timeline, local
from rotation.engine.in_force import InForce
from rotation.ledger import Books, Rights
from rotation.providers import Said
from rotation.settings import Commands
from rotation.surfaces.instants import moment
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.naming import group_called
from rotation.surfaces.on_duty import who
from rotation.surfaces.orders import (
    ORDERS,
    By,
    Channel,
    Counter,
    Row,
    Wrong,
    perform,
    require_allowed,
)
from rotation.surfaces.saying import listed, moment_said, zone_of
from rotation.surfaces.sight import Sight
from rotation.wiring import Parts

log = structlog.get_logger("rotation.chat")

FRESH = timedelta(minutes=5)
"""How old a command may be, and how long its code counts."""
MOST, WITHIN = 10, timedelta(minutes=10)
"""Answers that one person gets, in so long a time."""
MOST_TRIES = 3
MOST_NEXT, MOST_MOVES = 5, 6
HELP = (
    "who GROUP - who is on duty\n"
    "next, or next GROUP - the next handovers\n"
    "cover me until 18:00 - the next in order is on duty for you\n"
    "cover me by NAME until 18:00 - somebody else is\n"
    "Write it in the group; the answer comes here."
)
_NAME = r"(?P<name>[\w.-]{1,64}(?: [\w.-]{1,64}){0,3}?)"
_ASKED = re.compile(
    r"(?P<to>rotation,? )?(?:"
    r"(?P<help>help)|who (?P<group>[\w.-]{1,64})\??|(?P<next>next)(?: (?P<of>[\w.-]{1,64}))?|"
    rf"cover me(?: by {_NAME})? until (?P<hour>\d\d?):(?P<minute>\d\d)|yes (?P<code>\d{{4}})"
    r")[.!]?",
    re.IGNORECASE | re.ASCII,
)


@dataclass(frozen=True, slots=True)
class _Pending:
    """What somebody would agree to by their code, of which only a digest is kept."""

    salt: str
    code: str
    order: str
    wish: dict[str, Any]
    gist: str
    until: str
    tries: int = 0

    def fits(self, code: str) -> bool:
        return hmac.compare_digest(self.code, _digest(self.salt, code))


def _digest(salt: str, code: str) -> str:
    return hashlib.sha256(f"{salt} {code}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class _Reply:
    """What somebody hears; `pending` is what they may agree to by it."""

    text: str
    pending: _Pending | None = None


@dataclass(slots=True)
class Chatting:
    """Answers what was written in the group of commands; `wake` lets accounts look again."""

    commands: Commands
    counter: Counter
    wake: Callable[[Iterable[AccountId]], None]
    _answered: dict[PersonId, deque[datetime]] = field(default_factory=dict, init=False)

    @classmethod
    def of(cls, parts: Parts, commands: Commands) -> "Chatting":
        """What answers for a daemon that runs with `parts`."""
        in_force, clock = InForce(), parts.clock

        def timeline(books: Books) -> tuple[str, Timeline]:
            digest, _, found = in_force.read(books) or ("", EMPTY, Timeline(EMPTY))
            return digest, found

        counter = Counter(parts.ledger, lambda: clock().at, parts.settings, timeline)
        return cls(commands, counter, parts.intake.wake)

    def hear(self, said: Iterable[Said]) -> None:
        """Answer each. Raises LedgerTrouble; what was not answered then people ask again."""
        for one in said:
            asked = _ASKED.fullmatch(" ".join(one.text.split()))
            now = self.counter.clock()
            if asked is not None and one.at is not None and abs(now - one.at) <= FRESH:
                self._heard(one, asked, now)

    def _heard(self, one: Said, asked: "re.Match[str]", now: datetime) -> None:
        with self.counter.ledger.reading() as books:
            sight = self.counter.sight(books, now)
            person = _whose(sight, one)
            if person is None or not self._may_hear(person, now):
                log.info("a command in the chat was ignored", person=person or "nobody known")
                return
            by = self._by(sight, person)
            pending = _pending(books, person) if asked["code"] else None
            reply = None if asked["code"] else self._told(sight, person, by, asked)
        if pending is not None:
            reply = self._confirmed(person, by, pending, asked["code"], now)
        if reply is None:
            return
        with self.counter.ledger.writing() as books:
            if reply.pending is not None:
                books.meta.put(_key(person), json.dumps(asdict(reply.pending)))
            books.changes.to_tell(person, reply.text, now)
        log.info("a command in the chat was answered", person=person)
        self.wake([self.commands.account])

    def _may_hear(self, person: PersonId, now: datetime) -> bool:
        """At most so many answers, however often somebody seems to ask."""
        before = self._answered.setdefault(person, deque(maxlen=MOST))
        if len(before) == MOST and now - before[0] < WITHIN:
            return False
        before.append(now)
        return True

    def _by(self, sight: Sight, person: PersonId) -> By:
        named = set(self.commands.operators)
        known = sight.roster.people[person]
        is_operator = bool(named & {str(person), known.name})
        rights = Rights.OPERATOR if is_operator else Rights.VIEWER
        return By(known.name, "asked for in the chat", rights, Channel.CHAT)

    def _told(
        self, sight: Sight, person: PersonId, by: By, asked: "re.Match[str]"
    ) -> _Reply | None:
        """The answer; None where somebody was only talking."""
        try:
            if asked["help"]:
                return _Reply(HELP)
            if asked["group"]:
                return _Reply(_who(sight, person, asked["group"]))
            if asked["next"]:
                return _Reply("\n".join(_next(sight, person, asked["of"])))
            return self._weighed(sight, person, by, asked)
        except Wrong as no:
            is_talk = bool(asked["group"] or asked["of"]) and not (asked["to"] or no.fix)
            return None if is_talk else _Reply(_no(no))

    # -- what changes something -------------------------------------------------------------

    def _weighed(self, sight: Sight, person: PersonId, by: By, asked: "re.Match[str]") -> _Reply:
        """What the order would do, and the code that does it."""
        name, stands_in = ("cover", {"by": asked["name"]}) if asked["name"] else ("off", {})
        until = _until(sight, person, asked["hour"], asked["minute"])
        order = ORDERS[name]
        wish = order.wish(person=str(person), until=until, **stands_in)
        found = order.weigh(self.counter, sight, wish)
        require_allowed(order, found, by, sight.roster)
        if found.problems:
            return _Reply("\n".join(dict.fromkeys(one.what for one in found.problems)))
        if found.already is not None:
            return _Reply("\n".join(found.already.said))
        code, salt = f"{secrets.randbelow(10_000):04}", secrets.token_hex(8)
        ends = (sight.now + FRESH).isoformat()
        pending = _Pending(salt, _digest(salt, code), name, asdict(wish), found.gist, ends)
        how = f"Write YES {code} in the group within 5 minutes to do it; else nothing is done."
        return _Reply("\n".join((*found.said, *_moves(found.rows), how)), pending)

    def _confirmed(
        self, person: PersonId, by: By, pending: _Pending, code: str, now: datetime
    ) -> _Reply | None:
        """Carry out what the code is for, once; one that is none counts, and the third ends it."""
        fits, tries = pending.fits(code), pending.tries + 1
        is_over = datetime.fromisoformat(pending.until) < now
        with self.counter.ledger.writing() as books:
            if fits or is_over or tries >= MOST_TRIES:
                books.meta.drop(_key(person))
            else:
                books.meta.put(_key(person), json.dumps(asdict(replace(pending, tries=tries))))
        if is_over:
            return _Reply("That code counts no more. Ask again.")
        if not fits:
            return _Reply("That is not the code, so nothing was done.")
        order = ORDERS[pending.order]
        try:
            made = perform(self.counter, order, order.wish(**pending.wish), by, pending.gist)
        except Wrong as no:
            return _Reply(_no(no))
        return _Reply("\n".join(made.said))


def _key(person: PersonId) -> str:
    return f"chat/{hashlib.sha256(person.encode()).hexdigest()[:24]}"


def _pending(books: Books, person: PersonId) -> _Pending | None:
    """What they may agree to; what a hand damaged is nothing."""
    try:
        return _Pending(**json.loads(books.meta.get(_key(person)) or ""))
    except (ValueError, TypeError):
        return None


def _whose(sight: Sight, one: Said) -> PersonId | None:
    """Whose number it is, if they are in the roster and no leaver."""
    known = sight.books.people.by_id()
    ids = (one.who.phone, one.who.lid)
    person = next((known[i] for i in ids if i is not None and i in known), None)
    if person not in sight.roster.people or person in sight.books.leavers.everywhere():
        return None
    return person


def _zone(sight: Sight, person: PersonId) -> str:
    """By whose clocks somebody reads: their own, else those of a group of theirs."""
    own = sight.roster.people[person].zone
    groups = (g for g in sight.roster.groups.values() if person in sight.roster.rostered(g.id))
    group = next(groups, None)
    return own or ("UTC" if group is None else zone_of(sight.timeline, group, sight.now))


def _until(sight: Sight, person: PersonId, hour: str, minute: str) -> str:
    """The next time their clocks show this, as orders read it. Raises Wrong."""
    zone = _zone(sight, person)
    today = date.fromisoformat(local(sight.now, zone).split()[1])
    wall = f"{int(hour):02}:{minute} {zone}"
    later = moment(f"{today} {wall}") > sight.now
    return f"{today if later else today + timedelta(days=1)} {wall}"


def _who(sight: Sight, person: PersonId, group: str) -> str:
    found = who(sight.timeline, group_called(sight.roster, group), sight.now)
    names = listed((one.name for one in found.on_duty), "Nobody")
    told = f"{found.group}: {names} on duty."
    if found.next is None:
        return told
    when = moment_said(found.next.at.at, _zone(sight, person), sight.now)
    return f"{told} From {when}: {listed(found.next.on_duty)}."


def _next(sight: Sight, person: PersonId, group: str | None) -> Iterator[str]:
    groups = [group_called(sight.roster, group)] if group else list(sight.roster.groups)
    zone, people = _zone(sight, person), sight.roster.people
    coming = (sight.timeline.next_handover(one, sight.now) for one in groups)
    found = sorted((h.at, h.group, h) for h in coming if h is not None)
    for at, name, handover in found[:MOST_NEXT]:
        came, went = (listed(sorted(people[p].name for p in some if p in people))
                      for some in (handover.incoming, handover.outgoing))  # fmt: skip
        yield f"{moment_said(at, zone, sight.now)} {name}: {came} in, {went} out"
    if not found:
        yield "No handover comes."


def _moves(rows: Sequence[Row]) -> Iterator[str]:
    """Who is on duty otherwise, the first few."""
    for row in rows[:MOST_MOVES]:
        where = listed(row.groups[:3], "") + (", ..." if len(row.groups) > 3 else "")  # noqa: PLR2004 - a line
        yield f"{where} {row.what}: {row.before or 'nobody'} -> {row.after or 'nobody'}"
    if len(rows) > MOST_MOVES:
        yield f"and {len(rows) - MOST_MOVES} more"


def _no(no: Wrong) -> str:
    return masked(on_one_line(f"{no.what}. {no.fix}".rstrip(". ") + "."))
