"""A list of leavers, weighed and carried out: all of it or nothing, whoever brings it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import PersonId, Phone, Roster
from rotation.engine import wipes
from rotation.engine.feeds import Refusal
from rotation.ledger import Books
from rotation.roster_file import RosterErrors
from rotation.roster_file.leavers import Leaving, leavings
from rotation.surfaces.counting import counted
from rotation.surfaces.feed import By
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.meant import UnclearError, meant

USUAL = 5
"""So many people may be wiped by one list at once; with more it may be the wrong list."""
_MEND = "mend the list where it is written"


@dataclass(frozen=True, slots=True)
class List:
    """A list as it was read. `command` is what it takes to read it by hand with more people."""

    name: str
    content: bytes
    zone: str
    command: str = ""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a list comes to: who is new, who is a leaver already, and whose time has not come.

    `waiting` are those whom somebody has to approve; at `again_at` the same list says more.
    """

    new: tuple[tuple[PersonId | Phone, Leaving], ...]
    already: int
    later: int
    waiting: int
    again_at: datetime | None

    @property
    def is_new(self) -> bool:
        return bool(self.new)

    @property
    def said(self) -> str:
        return counted(len(self.new), "new leaver")

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.already or self.later or self.waiting)


def weighed(
    books: Books, roster: Roster, given: List, most: int, now: datetime
) -> Weighed | Refusal:
    """What to do by the list at `now`, or why nothing of it is done."""
    try:
        rows = leavings(given.name, given.content, given.zone)
    except RosterErrors as wrong:
        return _wrong([str(problem) for problem in wrong.problems])
    found = _Sorting(books, roster, given.name, now)
    for row in rows:
        found.take(row)
    if problems := [*found.problems, *found.own()]:
        return _wrong(problems)
    if len(found.new) > most:
        many = len(found.new)
        return Refusal(
            "many",
            f"{given.name} names {many} new leavers, which may be a mistake: nothing was done",
            f"If it is meant, say {given.command}--most {many}",
        )
    new = tuple(found.new.items())
    return Weighed(new, found.already, found.later, found.waiting, min(found.times, default=None))


def _wrong(problems: list[str]) -> Refusal:
    told = tuple(masked(on_one_line(text)) for text in problems)
    return Refusal("wrong", f"nothing was done, for {counted(len(told), 'mistake')}", _MEND, told)


class _Sorting:
    """Goes through the rows of a list."""

    def __init__(self, books: Books, roster: Roster, name: str, now: datetime) -> None:
        self._books, self._roster, self._name, self._now = books, roster, name, now
        self._known = books.leavers.everywhere()
        self.new: dict[PersonId | Phone, Leaving] = {}
        self.problems: list[str] = []
        self.times: list[datetime] = []
        self.already = self.later = self.waiting = 0

    def take(self, row: Leaving) -> None:
        try:
            who = meant(self._books, self._roster, row.who)
        except UnclearError as why:
            self.problems.append(f"{self._at(row)}: person: {why}. {why.fix}".rstrip())
            return
        if who in self._known:
            self.already += 1
        elif row.since > self._now:
            self.later += 1
            self.times.append(row.since)
        elif (asked := wipes.asked(self._books, PersonId(who), self._now)) is not None:
            self.waiting += 1
            self.times.append(asked.at + wipes.APPROVED_WITHIN)
        else:
            self.new.setdefault(who, row)

    def own(self) -> Iterator[str]:
        """Nobody wipes the number that an account has itself."""
        known = self._books.people.all()
        ours = {number for state in self._books.accounts.all() for number in state.own}
        for who, row in self.new.items():
            person = known.get(PersonId(who))
            if (who if person is None else person.phone) in ours:
                yield f"{self._at(row)}: that is the number of an account itself"

    def _at(self, row: Leaving) -> str:
        return f"{self._name}:{row.line}:{row.column}"


def carry_out(books: Books, found: Weighed, by: By, now: datetime, *, asks: bool) -> None:
    """All of them in one write; where it takes two, each is asked for."""
    for who, row in found.new:
        is_number = who.startswith("+")
        key = books.people.stranger(Phone(who), None, now) if is_number else PersonId(who)
        reason = masked(row.reason) or "named by the list of leavers"
        act = wipes.ask if asks else wipes.begin
        act(books, key, by.author, reason, now, by_hand=by.by_hand)
