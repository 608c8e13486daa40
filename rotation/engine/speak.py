"""What is said to groups and people: exit notices, invites, and alarms.

Written down before it is sent, and never said twice: whatever the answer, the attempt concludes it.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from rotation.core.answer import back_off
from rotation.core.decide import QUIET, Step
from rotation.core.facts import Attempt, Because, Kind
from rotation.core.outcome import Accepted, Outcome, Refused, Throttled, Unread
from rotation.core.reason import Reason
from rotation.core.roster import BriefTo, ChatId, NoticeTo, PersonId, Phone
from rotation.engine import wording
from rotation.engine.calls import (
    Left,
    Try,
    ask_account,
    begin,
    carry_out,
    nothing_left,
    told,
)
from rotation.engine.gather import GroupView
from rotation.engine.line import Line
from rotation.ledger import Books


def say_goodbye(books: Books, line: Line, view: GroupView, step: Step) -> Left:
    """Say the exit notice of `step`, once; nothing where nobody is there to say it to."""
    goodbye = view.group.policy.goodbye
    if goodbye is None:
        return nothing_left()
    to: ChatId | Phone | None = view.group.chat
    if goodbye.to is NoticeTo.PERSON:
        to = view.identities[step.person].phone
    if to is None:
        return nothing_left()
    at = max(step.due, step.because.ends or step.due)
    return _once(
        books,
        line,
        view,
        step,
        (to, wording.goodbye(view, goodbye, step.people, step.because.reason, at)),
    )


def brief(books: Books, line: Line, view: GroupView, step: Step) -> Left:
    """Tell whoever arrived, or the group, who hands over to whom; once, like a goodbye."""
    said = view.group.policy.brief
    if said is None:
        return nothing_left()
    to: ChatId | Phone | None = view.group.chat
    if said.to is BriefTo.PERSON:
        to = view.identities[step.person].phone
    if to is None:
        return nothing_left()
    return _once(books, line, view, step, (to, wording.brief(view, said, step)))


def leave_unsaid(books: Books, view: GroupView, step: Step, removal: Attempt) -> None:
    """The removal goes without its notice because these are quiet hours: none comes afterwards."""
    at = removal.sent_at
    books.notices.claim(view.group.id, Kind.NOTICE, step.occurrences, removal.id, at)
    books.notices.conclude(removal.id, at, "quiet_hours")
    books.audit.append(
        at=at, kind=Kind.NOTICE.value, group=view.group.id, person=step.person,
        reason=step.because.reason, origin=step.because.origin,
        detail={"how": "not said", "why": QUIET, "occurrence": step.because.key},
    )  # fmt: skip


def invite(books: Books, line: Line, view: GroupView, step: Step) -> Left:
    """Send the group's invite link to the person whose add was refused, once per occurrence.

    Two calls: without the link nothing is said, and it is asked for again after a while.
    """
    phone = view.identities[step.person].phone
    if phone is None:
        return nothing_left()

    def settle(after: Books, link: str | Unread, now: datetime) -> Left:
        if not isinstance(link, str):
            _ask_later(after, view, step, now)
            return told(line, Try.of(view, step), link, now)
        text = (
            f"You are on duty in {view.group.id} now, but WhatsApp did not let us add you."
            f" Please join here: {link}"
        )
        return _once(after, line, view, step, (phone, text))

    return ask_account(books, line, lambda: line.chat.invite_link(view.group.chat), settle)


def _ask_later(books: Books, view: GroupView, step: Step, now: datetime) -> None:
    seat = books.seats.of(view.group.id)[step.person]
    tries = seat.tries + 1
    wait = back_off(tries, f"{seat.group}/{seat.person}")
    books.seats.save(replace(seat, tries=tries, retry_at=now + wait))


def tell(
    books: Books,
    line: Line,
    to: Iterable[tuple[PersonId, Phone]],
    text: str,
    then: Callable[[Books, bool], Left],
) -> Left:
    """Tell people something is wrong; `then` hears whether at least one of them was reached."""
    because = Because(Reason.MANUAL, "alarm", "rotation")
    untold, reached = list(to), False

    def next_one(books: Books) -> Left:
        if not untold:
            return then(books, reached)
        person, phone = untold.pop(0)
        begun = begin(books, line, Try(Kind.TELL, None, person, because), line.clock())
        return partial(carry_out, line, begun, lambda: line.chat.say(phone, text), settle)

    def settle(after: Books, outcome: Outcome, _at: datetime) -> Left:
        nonlocal reached
        reached = reached or isinstance(outcome, Accepted)
        return next_one(after)

    return next_one(books)


def _once(
    books: Books, line: Line, view: GroupView, step: Step, message: tuple[ChatId | Phone, str]
) -> Left:
    now, what = line.clock(), Try.of(view, step)
    begun = begin(books, line, what, now)
    books.notices.claim(view.group.id, step.kind, step.occurrences, begun.id, now.at)

    def settle(after: Books, outcome: Outcome, at: datetime) -> Left:
        after.notices.conclude(begun.id, at, type(outcome).__name__)
        record(after, view, step, outcome, at, begun.id)
        return told(line, what, outcome, at)

    return partial(carry_out, line, begun, lambda: line.chat.say(*message), settle)


def record(
    books: Books, view: GroupView, step: Step, outcome: Outcome, at: datetime, attempt: int
) -> None:
    """Record of everybody whom a call was about how it ended."""
    how = "done" if step.kind is Kind.RESET else "said"
    if isinstance(outcome, Refused | Throttled):
        how = f"not {how}"
    elif not isinstance(outcome, Accepted):
        how = "in doubt"
    for person, occurrence in step.occurrences.items():
        books.audit.append(
            at=at,
            kind=step.kind.value,
            group=view.group.id,
            person=person,
            reason=step.because.reason,
            origin=step.because.origin,
            detail={"how": how, "occurrence": occurrence},
            attempts=(attempt,),
        )
