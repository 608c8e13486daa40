"""Warnings: who is told, some days ahead, that their subscription ends. Once, whatever comes of it.

Claimed in the transaction that chose it, before it is sent, like the weekly message. Only where the
provider surely did nothing, having had too many calls, it is said again.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

from rotation.core import notice
from rotation.core.facts import Because, Kind, Subscription
from rotation.core.outcome import Accepted, Outcome, Refused, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, Group, Mode, Roster
from rotation.core.timeline import local
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left
from rotation.engine.errands import Warn
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Books

AGAIN = timedelta(hours=1)
_SOON = timedelta(seconds=30)


def owed(books: Books, roster: Roster, account: AccountId, at: datetime) -> Warn | None:
    """The next warning that this account says, claimed by this; None when none is due."""
    for one in books.subscriptions.to_warn():
        group = roster.groups.get(one.group)
        if group is None or group.account != account:
            continue
        if one.warn_at is None or one.warn_at > at:
            return None
        if (until := notice.quiet_until(group.policy.goodbye, at)) is not None:
            _in_quiet_hours(books, one, until, at)
            continue
        books.subscriptions.warned(one.key)
        known = books.people.all().get(one.person)
        is_over = books.closings.of(group.id) is not None
        is_in = one.covers(at) and group.mode is not Mode.WATCH and not is_over
        if (
            is_in
            and one.person not in books.leavers.everywhere()
            and known is not None
            and known.phone
        ):
            return Warn(one, known.phone, text_for(roster, group, one, known.name))
    return None


def _in_quiet_hours(books: Books, one: Subscription, until: datetime, at: datetime) -> None:
    """It is owed again when they end; not any more where the time is over by then."""
    if until < one.until:
        books.subscriptions.warn_again(one.key, until)
        return
    books.subscriptions.warned(one.key)
    _record(books, one, at, {"how": "not said", "why": "quiet hours"})


def _record(
    books: Books, one: Subscription, at: datetime, how: Mapping[str, str], *attempts: int
) -> None:
    until = f"{one.until:%Y-%m-%dT%H:%MZ}"
    books.audit.append(
        at=at, kind="warning", group=one.group, person=one.person, reason=Reason.SUBSCRIPTION,
        origin=_origin(one), detail={**how, "until": until}, attempts=attempts,
    )  # fmt: skip


def _origin(one: Subscription) -> str:
    return f"subscription {one.key} by {one.author}"


def soon(
    books: Books, roster: Roster, account: AccountId, until: datetime, at: datetime
) -> datetime:
    """When to look again: at `until`, or when a warning is due before that."""
    for one in books.subscriptions.to_warn():
        group = roster.groups.get(one.group)
        if one.warn_at is not None and group is not None and group.account == account:
            return min(until, max(one.warn_at, at + _SOON))
    return until


def text_for(roster: Roster, group: Group, one: Subscription, name: str) -> str:
    zone = roster.shifts[group.shifts[0]].zone if group.shifts else "UTC"
    words = {"names": name, "group": str(group.id), "until": local(one.until, zone), "next": "",
             "back": ""}  # fmt: skip
    return notice.warning(group.policy.goodbye, one.language or group.language, words)


def warn(books: Books, line: Line, errand: Warn) -> Left:
    """Say it once; how that went is recorded."""
    one = errand.subscription
    because = Because(Reason.SUBSCRIPTION, f"warning/{one.key}", _origin(one), None, one.until)
    begun = begin(books, line, Try(Kind.TELL, None, one.person, because), line.clock())

    def settle(after: Books, outcome: Outcome, at: datetime) -> Left:
        if isinstance(outcome, Throttled) and at + AGAIN < one.until:
            after.subscriptions.warn_again(one.key, at + AGAIN)
        _record(after, one, at, {"how": _how(outcome)}, begun.id)
        kind = "warned" if isinstance(outcome, Accepted) else "unwarned"
        return nothing_left(Event(at, kind, line.account, one.group, one.person))

    return partial(carry_out, line, begun, lambda: line.chat.say(errand.phone, errand.text), settle)


def _how(outcome: Outcome) -> str:
    if isinstance(outcome, Refused | Throttled):
        return "not said"
    return "said" if isinstance(outcome, Accepted) else "in doubt"
