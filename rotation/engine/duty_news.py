"""What people are told of their duty, when somebody changed it by command. Once each, in time.

Claimed in the transaction that chose it, before it is sent, like the weekly message.
"""

from datetime import datetime, timedelta
from functools import partial

from rotation.core.facts import Because, Kind
from rotation.core.outcome import Accepted, Outcome
from rotation.core.reason import Reason
from rotation.core.roster import Roster
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left
from rotation.engine.errands import Inform
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Books

STALE = timedelta(hours=12)
"""What was changed longer ago is not told any more: by then it is known, or has passed."""


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
