"""What a sender asks for, carried out by the functions that commands use, or refused by name.

Everything here happens within one transaction of the caller's: all of a body is kept, or nothing.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from rotation.core import breaker
from rotation.core.facts import Subscription
from rotation.core.roster import Group, GroupId, PersonId
from rotation.engine import hook_held, subscriptions, tickets
from rotation.engine.origin import HOOK, origin_of
from rotation.engine.tickets import EXPERT
from rotation.ledger import Delivery
from rotation.roster_file import Member, RosterErrors, member
from rotation.roster_file.forms import phone as phone_of
from rotation.roster_file.problems import UnreadableError
from rotation.settings import Hook
from rotation.surfaces import letting_in
from rotation.surfaces.incoming.payload import Told
from rotation.surfaces.letting_in import Asked, Whom
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.saying import words_for, zone_of
from rotation.surfaces.sight import Sight

LONGEST_TICKET = 64
NOTHING, REFUSED = "nothing", "refused"
LOSING: Final = ("ended", "shortened")
"""What takes somebody's time away, of which a mistake may do only so much in an hour."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was done about what: `nothing` where it is so already or not ours, or `refused`."""

    done: str
    about: str
    why: str = ""

    @property
    def told(self) -> dict[str, str]:
        """As its sender hears it, who may have written a number where a name belongs."""
        return {"done": self.done, "about": masked(on_one_line(self.about)), "why": self.why}

    @property
    def is_new(self) -> bool:
        return self.done not in {NOTHING, REFUSED}


class TooManyError(Exception):
    """More people would lose their place within an hour than one mistake may cost (S8)."""

    def __init__(self, count: int) -> None:
        super().__init__(f"{count} people would have lost their place within an hour")
        self.count = count


class _CannotError(Exception):
    """What is asked for can't be done; the reason goes into the trail."""


@dataclass(frozen=True, slots=True)
class Deeds:
    """What one hook asks for at one instant. `sight` is of the transaction that is written."""

    hook: Hook
    sight: Sight

    def carry_out(self, told: Told) -> Verdict:
        """Do it, once. Raises TooManyError, and LedgerTrouble; nothing may be kept then."""
        books, about = self.sight.books, self._about(told)
        if told.event and books.deliveries.get(self.hook.name, told.event) is not None:
            return Verdict(NOTHING, about, "it was taken before")
        newest = books.deliveries.told_of(self.hook.name, about)
        if told.at is not None and newest is not None and told.at < newest:
            return Verdict(NOTHING, about, "something newer is known of it")
        try:
            found = _DEEDS[told.does](self, told)
        except _CannotError as why:
            return self._refused(told, about, masked(on_one_line(str(why))))
        if found.done != NOTHING:
            self._keep(told, found)
        return found

    def _about(self, told: Told) -> str:
        name = told.facts.get("ticket")
        return told.facts["key"] if name is None else f"{self.hook.prefix}{name}"

    def _keep(self, told: Told, found: Verdict) -> None:
        now = self.sight.now
        event = told.event or f"unnamed {now.isoformat()} {found.about}"[:128]
        told_at = min(told.at or now, now)
        kept = Delivery(self.hook.name, event, found.about, found.done, told_at, now)
        self.sight.books.deliveries.keep(kept)

    def _refused(self, told: Told, about: str, why: str) -> Verdict:
        author, asked = self._by(told)
        self.sight.books.audit.append(
            at=self.sight.now, kind=REFUSED, group=None, person=None, reason=None,
            origin=origin_of(author),
            detail={
                "command": masked(on_one_line(f"{told.does} {about}")), "why": why, "asked": asked,
            },
        )  # fmt: skip
        return Verdict(REFUSED, masked(on_one_line(about)), why)

    def _by(self, told: Told) -> tuple[str, str]:
        why = told.facts.get("why") or f"told by {self.hook.name}"
        return f"{HOOK}{self.hook.name}", why

    # -- tickets ----------------------------------------------------------------------------

    def _ticket(self, told: Told) -> str:
        """What the ticket is called here: one word, and nothing that could be a number."""
        name = self._about(told)
        if len(name) > LONGEST_TICKET or " " in name:
            raise _CannotError("a ticket is named by one word of at most 64 characters")
        if masked(name) != name:
            raise _CannotError("the ticket looks like somebody's number: set a prefix, or a dash")
        return name

    def resolve(self, told: Told) -> Verdict:
        books, name = self.sight.books, self._about(told)
        known = books.tickets.get(name)
        if known is None or known.group not in self.sight.roster.groups:
            return Verdict(NOTHING, name, "no ticket of that name lets anybody in")
        if known.resolved_at is not None:
            return Verdict(NOTHING, name, "it was resolved already")
        view, role = self.sight.view(known.group), told.facts.get("role") or EXPERT
        tickets.resolve(books, view, name, role, self._by(told), self.sight.now)
        return Verdict("resolved", name)

    def reopen(self, told: Told) -> Verdict:
        books, name = self.sight.books, self._about(told)
        known = books.tickets.get(name)
        if known is None or known.group not in self.sight.roster.groups:
            return Verdict(NOTHING, name, "no ticket of that name let anybody in")
        if known.resolved_at is None:
            return Verdict(NOTHING, name, "it is open already")
        tickets.reopen(books, self.sight.view(known.group), name, self._by(told), self.sight.now)
        return Verdict("reopened", name)

    def grant(self, told: Told) -> Verdict:
        sight, name = self.sight, self._ticket(told)
        known = sight.books.tickets.get(name)
        group = self._group(told, None if known is None else known.group)
        until = told.facts.get("until")
        asked = Asked(self._whom(told), None if until is None else _instant(until), name, known)
        words = words_for(sight.view(group.id), sight.now)
        if letting_in.asked_before(words, asked) is not None:
            return Verdict(NOTHING, name, "they may be in for it already")
        if problems := list(letting_in.against(words, asked)):
            raise _CannotError("; ".join(problems))
        person = asked.whom.person
        if asked.whom.phone is not None:
            person = sight.books.people.guest(asked.whom.phone, asked.whom.name, sight.now)
        if person is None:
            raise _CannotError("nobody is named")
        by = self._by(told)
        tickets.let_in(sight.books, group.id, person, asked.until, name, by, sight.now)
        return Verdict("granted", name)

    def _whom(self, told: Told) -> Whom:
        said = told.facts["person"]
        try:
            found = meant(self.sight.books, self.sight.roster, self.hook.people.get(said, said))
            if not found.startswith("+"):
                return Whom(PersonId(found), self.sight.namer()(PersonId(found)))
            if not told.facts.get("name"):
                raise _CannotError("nobody is known by this number yet, and `name` says nobody")
            return Whom(None, told.facts["name"], phone_of(found))
        except (UnclearError, UnreadableError) as why:
            raise _CannotError(str(why)) from None

    def _group(self, told: Told, otherwise: GroupId | None = None) -> Group:
        """What is named, by our name or the sender's; else the ticket's group, or the hook's."""
        named = [self.hook.groups.get(one, one) for one in told.groups]
        ways = [*named, *([otherwise] if otherwise else []), self.hook.group]
        groups = self.sight.roster.groups
        found = next((groups[GroupId(way)] for way in ways if way in groups), None)
        if found is None:
            raise _CannotError("no group of the roster is named; set one in [hooks] or its groups")
        return found

    # -- subscriptions ----------------------------------------------------------------------

    def start(self, told: Told) -> Verdict:
        facts, group = told.facts, self._group(told)
        row = {
            "key": facts["key"],
            "phone": facts["phone"],
            "name": facts.get("name", ""),
            "group": group.id,
            "until": facts["until"],
            "language": facts.get("language", ""),
            "warn": facts.get("warn", ""),
        }
        return self._listed(told, row)

    def renew(self, told: Told) -> Verdict:
        return self._moved(told, only_later=False)

    def extend(self, told: Told) -> Verdict:
        return self._moved(told, only_later=True)

    def end(self, told: Told) -> Verdict:
        key = told.facts["key"]
        known = self.sight.books.subscriptions.get(key)
        if known is None or not known.covers(self.sight.now):
            return Verdict(NOTHING, key, "no such subscription lasts")
        self._require_few(known.group)
        subscriptions.end(self.sight.books, known, self._by(told), self.sight.now)
        return Verdict("ended", key)

    def _moved(self, told: Told, *, only_later: bool) -> Verdict:
        key = told.facts["key"]
        known = self.sight.books.subscriptions.get(key)
        if known is None or known.ended_at is not None:
            return Verdict(NOTHING, key, "no such subscription lasts")
        who = self.sight.books.people.all().get(known.person)
        if who is None or who.phone is None:
            return Verdict(NOTHING, key, "whose it was is not known any more")
        row = {
            "key": key,
            "phone": str(who.phone),
            "name": who.name or key,
            "group": known.group,
            "until": told.facts["until"],
            "language": known.language or "",
            "warn": str(known.warn_days),
        }
        return self._listed(told, row, known if only_later else None)

    def _listed(self, told: Told, row: dict[str, str], than: Subscription | None = None) -> Verdict:
        """As a list of one row would have it; only if it lasts longer `than` that."""
        sight, key = self.sight, row["key"]
        try:
            one = member(row, self._zones())
        except RosterErrors as wrong:
            raise _CannotError("; ".join(f"{p.message}. {p.fix}" for p in wrong.problems)) from None
        one = replace(one, until=one.until + told.when.grace)
        if than is not None and one.until <= than.until:
            return Verdict(NOTHING, key, "it lasts as long already")
        found = subscriptions.weigh(sight.books, sight.roster, [one], sight.now, whole=False)
        if found.misfits:
            raise _CannotError("; ".join(f"{m.column}: {m.message}" for m in found.misfits))
        if found.leavers:
            raise _CannotError("they are a leaver, who may be in no group")
        if not (found.changes or found.reworded):
            return Verdict(NOTHING, key, "it is as it was")
        if found.shorter or found.moved:
            self._require_few(one.group)
        subscriptions.keep(sight.books, found, self._by(told), sight.now)
        return Verdict(_how(found, one), key)

    def _zones(self) -> dict[GroupId, str | None]:
        sight = self.sight
        return {
            group.id: zone_of(sight.timeline, group, sight.now) if group.shifts else None
            for group in sight.roster.groups.values()
        }

    def _require_few(self, group: GroupId) -> None:
        """Whoever loses their place within an hour by one hook are no more than may be by mistake.

        Raises TooManyError.
        """
        books, now, groups = self.sight.books, self.sight.now, self.sight.roster.groups
        name = self.hook.name
        said = hook_held.meant(books, name, now)
        if said and books.deliveries.count(name, LOSING, said.at) < said.most:
            return
        losing = 1 + books.deliveries.count(name, LOSING, now - hook_held.WITHIN)
        if losing <= breaker.FEW:
            return
        account = groups[group].account if group in groups else None
        lasting = sum(
            one.covers(now) and one.group in groups and groups[one.group].account == account
            for one in books.subscriptions.all().values()
        )
        if breaker.too_many(losing, lasting + losing - 1):
            raise TooManyError(losing)


def _how(found: subscriptions.Weighed, one: Member) -> str:
    for kind, word in (("new", "started"), ("longer", "extended"), ("shorter", "shortened"),
                       ("moved", "moved")):  # fmt: skip
        if one in getattr(found, kind):
            return word
    return "reworded"


def _instant(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _CannotError("until: not an instant like 2027-01-31T18:00Z") from None
    if at.tzinfo is None:
        raise _CannotError("until: it has no offset; write 2027-01-31T18:00Z")
    return at


_DEEDS: Final[dict[str, Callable[[Deeds, Told], Verdict]]] = {
    "resolve": Deeds.resolve,
    "reopen": Deeds.reopen,
    "grant": Deeds.grant,
    "start": Deeds.start,
    "renew": Deeds.renew,
    "extend": Deeds.extend,
    "end": Deeds.end,
}
