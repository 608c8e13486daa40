"""One account as its provider answers for it: reached, let in, logged in, named, timed."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from rotation.core.holds import MEANING, Hold
from rotation.core.outcome import Accepted, InDoubt, Refusal, Refused, Throttled, Unread
from rotation.core.roster import Roster
from rotation.providers import Own, Session, SessionStatus
from rotation.providers.wawp import CredentialStyle, Wawp
from rotation.settings import Account
from rotation.surfaces.calls import Calls
from rotation.surfaces.doctor.check import APART, FAR_APART, Check, bad, ok, warn

_PROBES = 2 * (len(CredentialStyle) - 1)
"""How many calls it takes to try every style but the one that shows the token in URLs."""
_GIVE_IT = "see what is said of the secret above"
USED_UP = "run doctor again in a minute; this minute's calls are used up"


@dataclass(frozen=True, slots=True)
class Asked:
    """An account that is being asked, and what it takes. `progress` is told what is awaited."""

    account: Account
    chat: Wawp
    calls: Calls
    progress: Callable[[str], None]

    def check(self, what: str) -> str:
        return f"account {self.account.id}: {what}"

    def may(self, what: str, count: int = 1) -> bool:
        """Whether `count` calls may be made now; says what is awaited if so."""
        if not self.calls.fit(count):
            return False
        self.progress(f"{self.account.id}: {what}")
        return True


def account(asked: Asked, roster: Roster | None) -> Generator[Check, None, Own | None]:
    """Ask all there is to ask about the account; returns who we are there if groups can be read."""
    if asked.account.token.problem() is not None:
        yield warn(asked.check("not looked at"), "there is no token to ask with", _GIVE_IT)
        return None
    if not asked.may("is it there?"):
        yield warn(asked.check("not looked at"), "no call is left to it", USED_UP)
        return None
    session = asked.chat.session()
    if isinstance(session, InDoubt) and session.again and asked.may("is it there?"):
        session = asked.chat.session()
    is_answering = yield from _reached(asked, session)
    if not is_answering:
        return None
    is_let_in = yield from _let_in(asked, session)
    is_working = is_let_in and (yield from _working(asked, session))
    own = (yield from _named(asked, roster)) if is_working else None
    yield _timed(asked)
    return own


def _reached(asked: Asked, session: Session | Unread) -> Generator[Check, None, bool]:
    name, at = asked.check("server"), asked.account.base_url
    match session:
        case InDoubt(detail):
            how = "check base_url, this machine's network, and the provider's status page"
            yield bad(name, f"no usable answer from {at}: {detail}", how)
        case Throttled():
            yield warn(name, f"{at} asks for fewer calls", MEANING[Hold.THROTTLED].what_to_do)
        case Refused() | Session():
            yield ok(name, f"{at} answers")
            return True
        case _:
            assert_never(session)
    rest = "credentials, session, own ids and clock"
    yield warn(asked.check("not looked at"), rest, "run doctor again once the server answers")
    return False


def _let_in(asked: Asked, session: Session | Unread) -> Generator[Check, None, bool]:
    """Which ways of sending the token the server takes; whether the one in use is among them."""
    name, used = asked.check("credentials"), CredentialStyle(asked.account.credentials)
    is_in = not (isinstance(session, Refused) and session.why is Refusal.CREDENTIALS)
    if not asked.may("which ways of sending the token it takes", _PROBES):
        found = f"sent as {used}, which the server {'takes' if is_in else 'refuses'}"
        yield warn(name, f"{found}; the other ways were not tried", USED_UP)
        return is_in
    probed = asked.chat.probe_styles()
    works = [style.value for style, found in probed.items() if isinstance(found, Accepted)]
    if used in probed:
        is_in = used.value in works
        others = ", ".join(style for style in works if style != used) or "no other way"
        yield _style_in_use(asked, name, used, probed[used], others)
    elif works:
        how = f'set credentials = "{works[0]}", which this server takes as well'
        yield warn(name, f"sent as {used}, where every proxy can read the token", how)
    elif is_in:
        yield ok(name, f"sent as {used}, the only way this server takes")
    else:
        yield bad(name, "the server takes the token in no way", _new_token())
    return is_in


def _style_in_use(
    asked: Asked, name: str, used: CredentialStyle, found: Accepted | Unread, others: str
) -> Check:
    match found:
        case Accepted():
            return ok(name, f"sent as {used}, which the server takes; it also takes {others}")
        case Refused(Refusal.CREDENTIALS) if others == "no other way":
            return bad(name, "the server takes the token in no way", _new_token())
        case Refused(Refusal.CREDENTIALS):
            first = others.partition(",")[0]
            how = f'set credentials = "{first}" in [accounts.{asked.account.id}]'
            return bad(name, f"sent as {used}, which the server refuses; it takes {others}", how)
        case _:
            return warn(name, f"sent as {used}: {said(found)}", "run doctor again")


def _working(asked: Asked, session: Session | Unread) -> Generator[Check, None, bool]:
    name, how = asked.check("session"), MEANING[Hold.SESSION].what_to_do
    match session:
        case Session(SessionStatus.WORKING):
            yield ok(name, "works")
            return True
        case Session(SessionStatus.STARTING):
            yield warn(name, "is just starting", "run doctor again in a minute")
        case Session(SessionStatus.UNKNOWN):
            yield warn(name, "is in a state that rotation does not know", how)
            return True
        case Session(SessionStatus.SCAN_QR_CODE):
            yield bad(name, "waits for its code to be scanned", how)
        case Session(status):
            yield bad(name, f"is {status.value}", how)
        case _:
            yield bad(name, said(session), advice(session))
    return False


def _named(asked: Asked, roster: Roster | None) -> Generator[Check, None, Own | None]:
    name = asked.check("own ids")
    if not asked.may("who are we there?"):
        yield warn(name, "were not asked for", USED_UP)
        return None
    own = asked.chat.own()
    if not isinstance(own, Own):
        yield bad(name, said(own), advice(own))
        return None
    yield from _same_number(name, own, roster)
    if own.lid is None:
        found = "known by number only; in groups that hide numbers we can't find ourselves"
        yield warn(name, found, "open such a group on the phone once, and run doctor again")
    else:
        number = f"number …{own.phone[-3:]} and hidden id" if own.phone else "hidden id only"
        yield ok(name, f"known by {number} …{own.lid.partition('@')[0][-3:]}")
    return own


def _same_number(name: str, own: Own, roster: Roster | None) -> Iterator[Check]:
    people = roster.people.values() if roster is not None else ()
    for person in people:
        if own.phone is not None and person.phone == own.phone:
            how = "rotation never removes its own number: give one of them another"
            yield bad(name, f"the account's number is also that of {person.id}", how)


def _timed(asked: Asked) -> Check:
    name, offset = asked.check("clock"), asked.chat.clock_offset
    if offset is None:
        found = "the server does not date its answers, so the clocks were not compared"
        if asked.account.provider == "sandbox":
            return ok(name, found)
        return warn(name, found, "make sure that NTP keeps this machine's clock: `timedatectl`")
    seconds = f"{abs(offset).total_seconds():.0f} s"
    found = f"the server's is {seconds} {'ahead of' if offset > timedelta(0) else 'behind'} ours"
    if abs(offset) > FAR_APART:
        return bad(name, f"{found}; removals are held", MEANING[Hold.CLOCK].what_to_do)
    if abs(offset) > APART:
        return warn(name, found, MEANING[Hold.CLOCK].what_to_do)
    return ok(name, "agrees with the server's to a few seconds")


def said(found: Accepted | Unread) -> str:
    """Why there is no answer, in words."""
    match found:
        case Accepted():
            return "accepted"
        case Throttled():
            return "the server asks for fewer calls"
        case Refused(why, detail):
            return f"refused ({why.value.replace('_', ' ')})" + (f": {detail}" if detail else "")
        case InDoubt(detail):
            return f"no usable answer: {detail}"
        case _:
            assert_never(found)


_ADVICE = {
    Refusal.CREDENTIALS: Hold.CREDENTIALS,
    Refusal.SESSION: Hold.SESSION,
    Refusal.NOT_ADMIN: Hold.NOT_ADMIN,
    Refusal.GROUP_GONE: Hold.GROUP_GONE,
}


def advice(found: Unread) -> str:
    """What a person does about it."""
    match found:
        case Refused(Refusal.PLAN):
            return "look at the plan and its quota in the provider's console"
        case Refused(Refusal.RESTRICTED):
            return "open WhatsApp on the phone: it says for how long the number is restricted"
        case Refused(why) if why in _ADVICE:
            return MEANING[_ADVICE[why]].what_to_do
        case _:
            return "run doctor again; if it lasts, send --transcript to the provider's support"


def _new_token() -> str:
    return "copy instance id and token anew from the provider's console"
