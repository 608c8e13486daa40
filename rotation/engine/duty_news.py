"""What people are told of their duty, when somebody changed it by command. Once each, in time.

Claimed in the transaction that chose it, before it is sent, like the weekly message.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial

from rotation.core.changes import void
from rotation.core.facts import Because, Kind
from rotation.core.outcome import Accepted, Outcome
from rotation.core.reason import Reason
from rotation.core.roster import Change, Doing, Person, PersonId, Roster
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left
from rotation.engine.errands import Inform
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Books

VOID = "swap_void"
"""The kind of the record."""
STALE = timedelta(hours=12)
"""What was changed longer ago is not told any more: by then it is known, or has passed."""


def void_swaps(books: Books, old: Roster, new: Roster, now: datetime) -> None:
    """Swaps that a new roster makes void are put on record, once each time that comes about.

    Of one by command, to which both agreed, both are to hear.
    """
    for swap in old.changes:
        why = _voided(old, new, swap, now)
        if why and swap.other is not None:
            _on_record(books, swap, swap.other, why, now)
            if swap.id:
                _tell_both(books, swap, swap.other, why, {**old.people, **new.people}, now)


def _on_record(books: Books, swap: Change, with_whom: PersonId, why: str, now: datetime) -> None:
    number = {"change": swap.id} if swap.id else {}
    books.audit.append(
        at=now, kind=VOID, group=None, person=swap.person, reason=None, origin="",
        detail={**number, "what": swap.kind.value, "when": exchanged(swap), "why": why,
                "other": with_whom},
    )  # fmt: skip


def _tell_both(
    books: Books,
    swap: Change,
    with_whom: PersonId,
    why: str,
    people: Mapping[PersonId, Person],
    now: datetime,
) -> None:
    who, _, rest = why.partition(" ")
    known = people.get(PersonId(who))
    told = f"since the roster changed: {why if known is None else f'{known.name} {rest}'}"
    for one, other in ((swap.person, with_whom), (with_whom, swap.person)):
        what = f"Your swap with {people[other].name} ({exchanged(swap)}) is void"
        books.changes.to_tell(one, f"{what}, {told}.", now)


def _voided(old: Roster, new: Roster, swap: Change, now: datetime) -> str:
    """Why it is void by the new roster; empty where it is not, was so before, or is over or out."""
    is_out = not swap.id and swap not in new.changes
    if swap.kind is not Doing.SWAP or is_out or swap.ended_at is not None or void(old, swap):
        return ""
    keys = (swap.occurrence, swap.for_occurrence)
    last = max(date.fromisoformat(key.rsplit("/", 2)[1]) for key in keys)
    return "" if last < now.date() - timedelta(days=1) else void(new, swap)


def exchanged(swap: Change) -> str:
    """The two shifts of a swap: `asia 2027-01-04 for asia 2027-01-11`."""
    keys = (swap.occurrence, swap.for_occurrence)
    return " for ".join(key.rpartition("/")[0].replace("/", " ") for key in keys)


def owed(books: Books, roster: Roster, at: datetime) -> Inform | None:
    """The next that somebody is to hear, claimed by this; None when there is nothing."""
    for one in books.changes.untold():
        books.changes.told(one)
        person = roster.people.get(one.person)
        is_leaver = one.person in books.leavers.everywhere()
        if person is not None and person.phone and not is_leaver and at - one.made_at < STALE:
            return Inform(one.person, person.phone, one.text)
    return None


def inform(books: Books, line: Line, errand: Inform) -> Left:
    """Say it once; how it went is told, and nothing more comes of it."""
    because = Because(Reason.MANUAL, "duty", "rotation")
    begun = begin(books, line, Try(Kind.TELL, None, errand.person, because), line.clock())

    def settle(_after: Books, outcome: Outcome, at: datetime) -> Left:
        kind = "duty_told" if isinstance(outcome, Accepted) else "duty_untold"
        return nothing_left(Event(at, kind, line.account, None, errand.person))

    return partial(carry_out, line, begun, lambda: line.chat.say(errand.phone, errand.text), settle)
