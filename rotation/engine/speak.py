"""What is said to groups and people: exit notices, invites, and alarms.

Written down before it is sent, and never said twice: whatever the answer, the attempt concludes it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from rotation.core import notice
from rotation.core.answer import back_off
from rotation.core.decide import Step
from rotation.core.facts import Because, Kind
from rotation.core.outcome import Accepted, Outcome, Refused, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import ChatId, Goodbye, NoticeTo, PersonId, Phone
from rotation.core.timeline import clock_time
from rotation.engine.asking import answered
from rotation.engine.gather import GroupView
from rotation.engine.line import Line
from rotation.engine.pauses import paused_after
from rotation.ledger import Books


def say_goodbye(line: Line, view: GroupView, step: Step) -> Outcome | None:
    """Say the exit notice of `step`, once. None: it was said before, so nothing is sent."""
    goodbye = view.group.policy.goodbye
    if goodbye is None:
        return None
    to: ChatId | Phone | None = view.group.chat
    if goodbye.to is NoticeTo.PERSON:
        to = view.identities[step.person].phone
    if to is None:
        return None
    text = _goodbye_text(view, goodbye, step)
    return _once(line, view, step, (to, text))


def invite(line: Line, view: GroupView, step: Step) -> Outcome | None:
    """Send the group's invite link to the person whose add was refused, once per occurrence.

    Two calls: without the link nothing is said, and it is asked for again after a while.
    """
    phone = view.identities[step.person].phone
    if phone is None:
        return None
    link = answered(line, lambda: line.chat.invite_link(view.group.chat))
    if not isinstance(link, str):
        _ask_later(line, view, step)
        return link
    text = (
        f"You are on duty in {view.group.id} now, but WhatsApp did not let us add you."
        f" Please join here: {link}"
    )
    return _once(line, view, step, (phone, text))


def _ask_later(line: Line, view: GroupView, step: Step) -> None:
    with line.ledger.writing() as books:
        seat = books.seats.of(view.group.id)[step.person]
        tries = seat.tries + 1
        wait = back_off(tries, f"{seat.group}/{seat.person}")
        books.seats.save(replace(seat, tries=tries, retry_at=line.clock().at + wait))


def tell(line: Line, to: Iterable[tuple[PersonId, Phone]], text: str) -> bool:
    """Tell people something is wrong. True when at least one of them was reached."""
    reached = False
    because = Because(Reason.MANUAL, "alarm", "rotation")
    for person, phone in to:
        now = line.clock()
        with line.ledger.writing() as books:
            attempt = books.attempts.begin(
                account=line.account, kind=Kind.TELL, group=None, person=person, because=because,
                roster="", zone_data=line.life.zone_data, boot=now.boot, uptime=now.uptime,
                sent_at=now.at,
            )  # fmt: skip
        outcome = line.chat.say(phone, text)
        ended = line.clock()
        ended_at = max(ended.at, now.at)
        with line.ledger.writing() as books:
            books.attempts.end(attempt.id, outcome, ended_at, ended.uptime - now.uptime)
            books.accounts.save(paused_after(books.accounts.state(line.account), outcome, ended_at))
        reached = reached or isinstance(outcome, Accepted)
    return reached


def _once(
    line: Line, view: GroupView, step: Step, message: tuple[ChatId | Phone, str]
) -> Outcome | None:
    now = line.clock()
    with line.ledger.writing() as books:
        attempt = books.attempts.begin(
            account=view.group.account, kind=step.kind, group=view.group.id, person=step.person,
            because=step.because, roster=view.digest, zone_data=line.life.zone_data, boot=now.boot,
            uptime=now.uptime, sent_at=now.at,
        )  # fmt: skip
        books.notices.claim(view.group.id, step.kind, step.occurrences, attempt.id, now.at)
    outcome = line.chat.say(*message)
    ended = line.clock()
    ended_at = max(ended.at, now.at)
    with line.ledger.writing() as books:
        books.attempts.end(attempt.id, outcome, ended_at, ended.uptime - now.uptime)
        books.notices.conclude(attempt.id, ended_at, type(outcome).__name__)
        account = books.accounts.state(view.group.account)
        books.accounts.save(paused_after(account, outcome, ended_at))
        _record(books, view, step, outcome, ended_at, attempt.id)
    return outcome


def _record(
    books: Books, view: GroupView, step: Step, outcome: Outcome, at: datetime, attempt: int
) -> None:
    how = "said"
    if isinstance(outcome, Refused | Throttled):
        how = "not said"
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


def _goodbye_text(view: GroupView, goodbye: Goodbye, step: Step) -> str:
    at = max(step.due, step.because.ends or step.due)
    people = view.roster.people
    following = view.facts.wanted.on_duty_at(at) - set(step.people)
    language = view.group.language
    if goodbye.to is NoticeTo.PERSON and step.person in people:
        language = people[step.person].language or language
    words = {
        "names": _names(view, step.people),
        "group": str(view.group.id),
        "next": _names(view, sorted(following)) or "nobody yet",
        "back": _back(view, step.person, at),
        "until": _until(view, at),
    }
    return notice.text(goodbye, step.because.reason, language, words)


def _names(view: GroupView, people: Iterable[PersonId]) -> str:
    names = [_name(view, p) for p in people]
    return ", ".join(names[:-1]) + " and " + names[-1] if len(names) > 1 else "".join(names)


def _name(view: GroupView, person: PersonId) -> str:
    if person in view.roster.people:
        return view.roster.people[person].name
    known = view.identities[person]
    return known.name or ("a guest" if known.stranger else str(person))


def _back(view: GroupView, person: PersonId, at: datetime) -> str:
    """When the person is on duty here again, by their own clock: `Tue 08:00`."""
    spans = view.timeline.spans(view.group.id, at, at + notice.LOOK_AHEAD)
    starts = next((s.starts for s in spans if s.person == person and s.starts >= at), None)
    return clock_time(starts, _zone(view, person)) if starts else "later"


def _until(view: GroupView, at: datetime) -> str:
    handover = view.timeline.next_handover(view.group.id, at)
    return clock_time(handover.at, _zone(view, None)) if handover else "further notice"


def _zone(view: GroupView, person: PersonId | None) -> str:
    known = view.roster.people.get(person) if person else None
    if known is not None and known.zone:
        return known.zone
    shifts = view.group.shifts
    return view.roster.shifts[shifts[0]].zone if shifts else "UTC"
