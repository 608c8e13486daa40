"""Every call in one shape: written down where it was chosen, made, its answer written down.

The first is done in the transaction that chose it, the call with none open, the last in one more.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from rotation.core.decide import Step
from rotation.core.facts import Attempt, Because, Kind, Moment
from rotation.core.outcome import Accepted, Outcome, Unread
from rotation.core.roster import GroupId, PersonId
from rotation.engine.gather import GroupView
from rotation.engine.line import Line
from rotation.engine.pauses import paused_after
from rotation.engine.rules import Event
from rotation.ledger import Books

_Answer = TypeVar("_Answer")
Left: TypeAlias = Callable[[], Iterable[Event]]
"""What is left to do once its transaction is committed: a call, or nothing; returns what to tell.

It is dropped with its transaction, so no call is made of which nothing was written down.
"""


def nothing_left(*told: Event) -> Left:
    """Only to tell what happened."""
    return lambda: told


@dataclass(frozen=True, slots=True)
class Asked(Generic[_Answer]):
    """One request and what was found by it, not noted as answered yet: see `note`.

    `boot` and `uptime` are the boot clock's when its answer had come.
    """

    id: int
    found: _Answer
    began_at: datetime
    ended_at: datetime
    boot: str
    uptime: float

    def note(self, books: Books, words: str = "") -> None:
        outcome = words or type(self.found).__name__
        books.reads.end(self.id, self.ended_at, self.uptime, outcome)


def ask(
    books: Books,
    line: Line,
    call: Callable[[], _Answer],
    settle: Callable[[Books, Asked[_Answer]], Left],
    group: GroupId | None = None,
) -> Left:
    """Write down a request that only looks, about a group or the account.

    Until it is noted as answered it counts as made when it must be over.
    """
    began = line.clock()
    id_ = books.reads.begin(line.account, group, began, line.rules.deadline)

    def left() -> Iterable[Event]:
        found = call()
        ended = line.clock()
        asked = Asked(id_, found, began.at, max(ended.at, began.at), ended.boot, ended.uptime)
        with line.ledger.writing() as settled:
            then = settle(settled, asked)
        return then()

    return left


def ask_account(
    books: Books,
    line: Line,
    call: Callable[[], _Answer],
    settle: Callable[[Books, _Answer, datetime], Left],
) -> Left:
    """Ask about the account: noted, and where the answer says so the account is paused."""

    def settled(after: Books, asked: Asked[_Answer]) -> Left:
        asked.note(after)
        if isinstance(asked.found, Unread):
            pause(after, line, asked.found, asked.ended_at)
        return settle(after, asked.found, asked.ended_at)

    return ask(books, line, call, settled)


@dataclass(frozen=True, slots=True)
class Try:
    """What is to be sent: a change of one person, or words. `digest` is its roster's."""

    kind: Kind
    group: GroupId | None
    person: PersonId
    because: Because
    digest: str = ""

    @classmethod
    def of(cls, view: GroupView, step: Step) -> "Try":
        return cls(step.kind, view.group.id, step.person, step.because, view.digest)


def begin(books: Books, line: Line, what: Try, now: Moment) -> Attempt:
    """Write down an attempt that leaves as soon as this is committed."""
    return books.attempts.begin(
        account=line.account, kind=what.kind, group=what.group, person=what.person,
        because=what.because, roster=what.digest, zone_data=line.life.zone_data, boot=now.boot,
        uptime=now.uptime, sent_at=now.at,
    )  # fmt: skip


def carry_out(
    line: Line,
    begun: Attempt,
    call: Callable[[], Outcome],
    settle: Callable[[Books, Outcome, datetime], Left],
) -> Iterable[Event]:
    """Make the call of an attempt, and write down how it ended and what that means."""
    outcome = call()
    ended = line.clock()
    ended_at = max(ended.at, begun.sent_at)
    with line.ledger.writing() as books:
        books.attempts.end(begun.id, outcome, ended_at, ended.uptime - begun.uptime)
        pause(books, line, outcome, ended_at)
        then = settle(books, outcome, ended_at)
    return then()


def pause(books: Books, line: Line, outcome: Accepted | Unread, at: datetime) -> None:
    """Pause the account, or slow it down, where the answer says so."""
    before = books.accounts.state(line.account)
    after = paused_after(before, outcome, at)
    if after != before:
        books.accounts.save(after)


def told(line: Line, what: Try, outcome: Outcome, at: datetime) -> Left:
    """Nothing is left but to tell how it ended."""
    kind = f"{what.kind.value}_{type(outcome).__name__.lower()}"
    text = "" if isinstance(outcome, Accepted) else outcome.detail
    return nothing_left(Event(at, kind, line.account, what.group, what.person, text))
