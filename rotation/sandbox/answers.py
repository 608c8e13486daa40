"""Carries out one call against the pretend WhatsApp and words the answer in the engine's way.

Faults are not known here but for lists that lie: whoever calls decides whether a change is
carried out at all, and for whom.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from rotation.sandbox.chat import Account, Actor, Chats, Code, Group, Person, Role
from rotation.sandbox.engines import (
    ENGINES,
    Page,
    Result,
    Said,
    Shown,
    Wawp,
    broken_engine,
    digits,
    outward,
)
from rotation.sandbox.faults import Acts, Fault, Hears
from rotation.sandbox.founding import Settings
from rotation.sandbox.hooks import me
from rotation.sandbox.wire import SEATS, Call, Kind, Response, answer, refusal

LONGEST_TEXT = 4096
NUMBER_SUFFIXES = ("@c.us", "@s.whatsapp.net")
FOR_ADMINS = SEATS | {Kind.INVITE, Kind.REVOKE}
INVITE_LASTS = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Done:
    """A call carried out (or only answered): what is said, and what became of the people."""

    response: Response
    acted: bool = False
    results: tuple[Result, ...] = ()
    shown: frozenset[str] | None = None


class Answers:
    """What a healthy server does with a call."""

    def __init__(self, chats: Chats, settings: Settings) -> None:
        self.settings = settings
        self._chats = chats
        self._sent = 0

    @property
    def engine(self) -> Wawp:
        return ENGINES[self.settings.engine]

    def bar(self, call: Call, account: Account) -> Response | None:
        """The answer to a call that is refused as a whole, whatever it asks for."""
        if call.kind in {Kind.SESSION, Kind.HOOKS, Kind.SET_HOOKS}:
            return None
        if account.status != "WORKING":
            return _not_working(account)
        chat = call.to if call.to.endswith("@g.us") else call.chat
        barred = self._group_bar(call, chat, account) if chat else None
        return barred or (self._text_bar(call) if call.kind is Kind.TEXT else None)

    def _group_bar(self, call: Call, chat: str, account: Account) -> Response | None:
        group, echo = self._chats.groups.get(chat), _echo(call)
        if group is None:
            return self.engine.unknown_group(chat, echo)
        if account.phone not in group.members:
            return self.engine.not_in_group(chat, echo)
        if call.kind in FOR_ADMINS and not group.is_run_by(account.phone):
            return self.engine.not_admin(call.kind, echo)
        if not all(_well_formed(id_) for id_ in call.ids):
            return broken_engine("bad-request", echo, 400)
        return None

    def _text_bar(self, call: Call) -> Response | None:
        if not call.to or not call.text or len(call.text) > LONGEST_TEXT:
            return refusal(400, "chatId and message (at most 4096 characters)", "Bad Request")
        person = self._chats.person(number_of(call.to))
        if call.to.endswith("@g.us") or (person and person.on_whatsapp):
            return None
        error = {"code": "wawp_upstream_error"}
        return refusal(500, "The recipient is not on WhatsApp", "Upstream error", **error)

    # Reads

    def read(self, call: Call, account: Account, fault: Fault | None, at: datetime) -> Done:
        match call.kind:
            case Kind.GROUP | Kind.DETAIL | Kind.MEMBERS | Kind.MEMBERS_V2:
                return self._listed(call, account, fault, at)
            case Kind.GROUPS:
                return self._groups(call, account, fault)
            case _:
                return Done(self._looked_up(call, account))

    def _looked_up(self, call: Call, account: Account) -> Response:
        match call.kind:
            case Kind.INVITE:
                return answer(self._chats.groups[call.chat].invite_code)
            case Kind.SESSION:
                return answer(_session(account))
            case Kind.ME:
                return answer(me(account))
            case Kind.LIDS | Kind.LID_OF:
                return self._lids(call)
            case _:
                return self._exists(call)

    def _listed(self, call: Call, account: Account, fault: Fault | None, at: datetime) -> Done:
        group = self._chats.groups[call.chat]
        if fault and fault.answer is Hears.WRONG_GROUP:
            others = [g for g in self._chats.groups.values() if g is not group]
            group = others[0] if others else group
        members = _told_members(group, account, fault, at)
        with_left = call.kind is Kind.MEMBERS_V2 and self.settings.lists_left
        page = self._page(group, members, with_left=with_left)
        engine = self.engine
        match call.kind:
            case Kind.GROUP | Kind.DETAIL:
                data = engine.group(page)
            case Kind.MEMBERS:
                data = engine.members(page)
            case _:
                data = engine.members_v2(page)
        return Done(answer(data), shown=frozenset(members))

    def _groups(self, call: Call, account: Account, fault: Fault | None) -> Done:
        mine = [g for g in self._chats.groups.values() if account.phone in g.members]
        match fault.answer if fault else None:
            case Hears.EMPTY:
                mine = []
            case Hears.HALF:
                mine = mine[: len(mine) // 2]
            case _:
                pass
        pages = [self._page(group, group.members) for group in _slice(mine, call.query)]
        with_people = call.query.get("exclude") != "participants"
        return Done(answer(self.engine.groups(pages, with_people=with_people)))

    def _page(self, group: Group, members: Mapping[str, Role], *, with_left: bool = False) -> Page:
        people = [self.shown(group, phone, role) for phone, role in members.items()]
        if with_left:
            gone = [phone for phone in group.left if phone not in members]
            people += [self.shown(group, phone, Role.MEMBER, left=True) for phone in gone]
        owner = self.shown(group, group.creator, Role.SUPERADMIN)
        return Page(group.chat, group.subject, group.created, group.by_lid, owner, tuple(people))

    def shown(self, group: Group, phone: str, role: Role, *, left: bool = False) -> Shown:
        """A person as the account sees them in this group."""
        person = self._chats.person(phone) or Person(phone)
        by_lid = group.by_lid and person.lid is not None
        number = None if by_lid and not person.lid_known else phone
        lid = person.lid if by_lid or person.lid_known else None
        return Shown(number, lid, role, person.name, by_lid, left)

    def _lids(self, call: Call) -> Response:
        if call.kind is Kind.LID_OF:
            person = self._chats.person(number_of(call.number))
            known = person.lid if person and person.lid_known else None
            return answer(self.engine.lid(number_of(call.number), known))
        known_people = [p for p in self._chats.people.values() if p.lid and p.lid_known]
        listed = [self.engine.lid(p.phone, p.lid) for p in _slice(known_people, call.query)]
        return answer(listed)

    def _exists(self, call: Call) -> Response:
        number = call.number.removeprefix("+")
        if not number.isdecimal() or number.startswith("00"):
            return refusal(400, "phone must be digits in international form", "Bad Request")
        person = self._chats.person(f"+{number}")
        if person is None or not person.on_whatsapp:
            return answer({"numberExists": False})
        return answer({"numberExists": True, "chatId": outward(person.phone)})

    # Changes

    def change(
        self, call: Call, account: Account, acts: Acts, at: datetime, *, late: bool = False
    ) -> Done:
        """Carries out a change as far as `acts` says; the answer pretends the rest."""
        match call.kind:
            case Kind.TEXT:
                return self._say(call, account, acts, at)
            case Kind.REVOKE:
                return self._revoke(call, acts)
            case _:
                return self._seats(call, account, acts, at, late=late)

    def _seats(self, call: Call, account: Account, acts: Acts, at: datetime, *, late: bool) -> Done:
        actor = Actor(account.phone, account.instance_id, late)
        cut = {Acts.YES: len(call.ids), Acts.HALF: len(call.ids) // 2}.get(acts, 0)
        rest = Code.FAILED if acts is Acts.HALF else Code.DONE
        group = self._chats.groups[call.chat]
        results = [self._seat(call.kind, group, id_, actor, at) for id_ in call.ids[:cut]]
        results += [self._result(group, id_, rest, at) for id_ in call.ids[cut:]]
        acted = any(result.code is Code.DONE for result in results[:cut])
        return Done(self.engine.changed(call.kind, results), acted, tuple(results))

    def _seat(self, kind: Kind, group: Group, id_: str, actor: Actor, at: datetime) -> Result:
        phone = self.phone_of(id_)
        if phone is None:
            return self._result(group, id_, Code.UNKNOWN, at)
        match kind:
            case Kind.ADD:
                code = self._chats.add(group, phone, actor, at)
            case Kind.REMOVE:
                code = self._chats.remove(group, phone, actor, at)
            case Kind.PROMOTE:
                code = self._chats.rank(group, phone, Role.ADMIN, actor, at)
            case _:
                code = self._chats.rank(group, phone, Role.MEMBER, actor, at)
        return self._result(group, id_, code, at)

    def _result(self, group: Group, id_: str, code: Code, at: datetime) -> Result:
        phone = self.phone_of(id_)
        role = group.members.get(phone or "", Role.MEMBER)
        shown = (
            self.shown(group, phone, role)
            if phone
            else Shown(None, id_.partition("@")[0], role, by_lid=True)
        )
        if code is not Code.PRIVACY:
            return Result(id_, shown, code)
        return Result(id_, shown, code, f"V4{digits(phone or '')}", at + INVITE_LASTS)

    def _say(self, call: Call, account: Account, acts: Acts, at: datetime) -> Done:
        self._sent += 1
        to = call.to if call.to.endswith("@g.us") else number_of(call.to)
        acted = acts is Acts.YES
        if acted:
            self._chats.say(to, account.phone, call.text, at)
        sender = Shown(account.phone, account.lid, Role.MEMBER)
        chat = to if to.endswith("@g.us") else outward(to)
        said = Said(f"3EB0{self._sent:016X}", chat, call.text, at, sender)
        return Done(answer(self.engine.said(said), 201), acted)

    def _revoke(self, call: Call, acts: Acts) -> Done:
        code, acted = self._chats.new_code(), acts is Acts.YES
        if acted:
            self._chats.groups[call.chat].invite_code = code
        return Done(answer(code), acted)

    def phone_of(self, id_: str) -> str | None:
        """Whose id this is, as a number; None for a LID nobody has."""
        user, _, server = id_.partition("@")
        return self._chats.phone_of(user) if server == "lid" else f"+{user}"


def number_of(id_: str) -> str:
    """A number in any of the forms the server takes, as `+digits`."""
    kept = id_.replace(" ", "").removeprefix("+")
    for suffix in NUMBER_SUFFIXES:
        kept = kept.removesuffix(suffix)
    return f"+{kept}"


def invites_itself(engine: Wawp, result: Result) -> bool:
    """Whether the engine has sent the person a private invite on its own."""
    return engine.name == "webjs" and result.code is Code.PRIVACY


def _well_formed(id_: str) -> bool:
    user, _, server = id_.partition("@")
    return user.isdecimal() and server in {"", "c.us", "s.whatsapp.net", "lid"}


def _told_members(
    group: Group, account: Account, fault: Fault | None, at: datetime
) -> Mapping[str, Role]:
    members = group.members
    if fault is None:
        return members
    match fault.answer:
        case Hears.EMPTY:
            return {}
        case Hears.STALE:
            return group.list_at(at - timedelta(seconds=fault.seconds))
        case Hears.HALF:
            others = [phone for phone in members if phone != account.phone]
            kept = {account.phone, *others[: len(others) // 2]}
            return {phone: role for phone, role in members.items() if phone in kept}
        case Hears.WITHOUT_US:
            return {phone: role for phone, role in members.items() if phone != account.phone}
        case _:
            return members


def _session(account: Account) -> dict[str, object]:
    working = account.status == "WORKING"
    session: dict[str, object] = {
        "name": f"wawp-{account.instance_id}",
        "status": account.status,
        "config": {"webhooks": {}, "proxy": None},
        "me": me(account) if working else None,
    }
    return {**session, "qr": "data:image/png;base64,"} if _wants_scan(account) else session


def _wants_scan(account: Account) -> bool:
    return account.status == "SCAN_QR_CODE"


def _not_working(account: Account) -> Response:
    text = "Session status is not as expected. Try again later or restart the session"
    body = {"error": text, "session": account.instance_id}
    return answer({**body, "status": account.status, "expected": ["WORKING"]}, 422)


def _echo(call: Call) -> dict[str, object]:
    """The engines' errors repeat the request, credentials and all."""
    return {"path": call.path, "body": dict(call.fields), "query": dict(call.query)}


_T = TypeVar("_T")


def _slice(items: Iterable[_T], query: Mapping[str, str]) -> list[_T]:
    whole = list(items)
    offset, limit = query.get("offset", "0"), query.get("limit", str(len(whole)))
    if not (offset.isdecimal() and limit.isdecimal()):
        return whole
    return whole[int(offset) :][: int(limit)]
