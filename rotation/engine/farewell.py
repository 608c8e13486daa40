"""Closing a group and opening it again, by a person's word; and its message, said once.

The message is claimed in the transaction that chose it, before it is sent, and nobody is removed
before that. Whatever comes of it, it is not said again.
"""

from dataclasses import replace
from datetime import datetime
from functools import partial

from rotation.core.facts import Closing, GroupState, Kind
from rotation.core.outcome import Accepted, Outcome
from rotation.core.reason import Reason
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.engine.calls import Left, Try, begin, carry_out, nothing_left
from rotation.engine.closing import because
from rotation.engine.errands import Farewell
from rotation.engine.gather import GroupView
from rotation.engine.line import Line
from rotation.engine.rules import Event
from rotation.ledger import Books


def close(books: Books, closing: Closing) -> None:
    """Close it from now on, by a person's word."""
    books.closings.close(closing)
    _told(books, "closed", closing.group, closing.author, closing.why, closing.closed_at)


def reopen(books: Books, closing: Closing, by: tuple[str, str], now: datetime) -> None:
    """It goes on: whoever has a right to be in comes back."""
    books.closings.reopen(closing.group)
    _told(books, "taken_back", closing.group, *by, now)


def _told(books: Books, kind: str, group: GroupId, author: str, why: str, now: datetime) -> None:
    books.audit.append(
        at=now, kind=kind, group=group, person=None, reason=Reason.CLOSED,
        origin=f"{author} by hand", detail={"why": why},
    )  # fmt: skip
    state = books.groups.state(group)
    if state is not None:  # everyone is seen by a read that is made for it
        books.groups.save(replace(state, read_ended_at=None, due=now))


def farewell(books: Books, line: Line, errand: Farewell) -> Left:
    """Say the closing message; it is claimed for that already."""
    closing = errand.closing
    what = Try(Kind.TELL, None, PersonId(closing.author), because(closing))
    begun = begin(books, line, what, line.clock())

    def settle(after: Books, outcome: Outcome, at: datetime) -> Left:
        is_said = isinstance(outcome, Accepted)
        after.audit.append(
            at=at, kind="farewell", group=closing.group, person=None, reason=Reason.CLOSED,
            origin=f"{closing.author} by hand", detail={"how": "said" if is_said else "not proven"},
            attempts=(begun.id,),
        )  # fmt: skip
        kind = "farewell" if is_said else "farewell_unsaid"
        return nothing_left(Event(at, kind, line.account, closing.group))

    say = partial(line.chat.say, errand.group.chat, closing.message)
    return partial(carry_out, line, begun, say, settle)


def owed(books: Books, view: GroupView, at: datetime) -> Farewell | None:
    """The closing message, claimed by this; None when it was said, or nothing may be."""
    over = view.closing
    quiet = view.facts.doubted is not None or view.group.mode is Mode.WATCH
    if over is None or over.said_at is not None or quiet:
        return None
    books.closings.said(over.group, at)
    return Farewell(view.group, over)


def note_end(books: Books, view: GroupView, state: GroupState, at: datetime) -> None:
    """The last step was taken: a read begun after the message shows nobody who has to go."""
    over = view.closing
    if over is None or over.said_at is None or over.done_at is not None:
        return
    is_read = state.read_began_at is not None and state.read_began_at > over.said_at
    if is_read and not view.facts.gone and state.hold is None:
        books.closings.done(over.group, at)
        books.audit.append(
            at=at, kind="emptied", group=over.group, person=None, reason=Reason.CLOSED,
            origin=f"{over.author} by hand", detail={"why": over.why},
        )  # fmt: skip
