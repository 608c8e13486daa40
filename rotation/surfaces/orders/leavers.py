"""A list of leavers, weighed whole and carried out whole, for programs and from elsewhere."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from rotation.core.roster import PersonId
from rotation.engine.feeds import Refusal
from rotation.ledger import Rights
from rotation.surfaces.counting import counted
from rotation.surfaces.feed import By as Word
from rotation.surfaces.leavers import USUAL, List, carry_out, weighed
from rotation.surfaces.leavers import Weighed as Found
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem, Wrong
from rotation.zone_data import why_not

_UNNAMED = "the list"
_MOST_ROWS, _MOST_MISTAKES = 200, 40
"""So many are shown; mending one mistake often mends more."""


@dataclass(frozen=True, slots=True)
class Wish:
    rows: str = asks("The list", Kind.LIST, hint="CSV with a column person; from and reason too")
    file: str = asks("What it is called", Kind.NAME, "", hint="leavers.csv")
    zone: str = asks("By whose clocks a date in it begins", Kind.NAME, "UTC")
    most: int = asks("So many may be wiped by it at once", Kind.NUMBER, USUAL)


def weigh(counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    if no := why_not(wish.zone):
        raise Wrong(masked(on_one_line(no)), "Name a zone, such as Europe/Lisbon")
    name = masked(on_one_line(wish.file.strip())) or _UNNAMED
    given = List(name, wish.rows.encode(), wish.zone)
    found = weighed(sight.books, sight.roster, given, wish.most, sight.now)
    if isinstance(found, Refusal):
        return Weighed((), _never, problems=tuple(_problems(found)), everywhere=True)
    waits = counter.settings.wipe_approval == "two"
    counts = {
        "new": len(found.new), "already": found.already, "later": found.later,
        "waiting": found.waiting,
    }  # fmt: skip
    data = {**counts, "waits_for_approval": waits}
    people = tuple(PersonId(who) for who, _ in found.new if not who.startswith("+"))
    said = summary(counts)

    def write(by: By) -> Made:
        carry_out(sight.books, found, Word(by.signed), sight.now, asks=waits)
        return Made("", (said,), new=True, people=people, data=data)

    return Weighed(
        said=(said,),
        write=write,
        rows=tuple(_rows(found)),
        people=people,
        already=None if found.new else Made("", (said,), new=False, data=data),
        everywhere=True,
        agreed=tuple(found.new),
        data=data,
    )


def summary(told: Mapping[str, int]) -> str:
    """What a list comes to, in a sentence."""
    waiting = f"; {told['waiting']} who wait for a second person" if told["waiting"] else ""
    return (
        f"{counted(told['new'], 'new leaver')}; {told['already']} already are;"
        f" {told['later']} whose time has not come{waiting}"
    )


def _problems(why: Refusal) -> Iterator[Problem]:
    if not why.lines:
        yield Problem(why.why, fix=why.to_do)
    for text in why.lines[:_MOST_MISTAKES]:
        yield Problem(text)


def _rows(found: Found) -> Iterator[Row]:
    for who, row in found.new[:_MOST_ROWS]:
        yield Row(masked(str(who)), masked(on_one_line(row.reason)), "leaves every group")


def _never(_by: By) -> NoReturn:
    raise AssertionError("a list that is refused is not carried out")


LEAVERS = Order("leavers", "Wipe whom a list names", Rights.ADMIN, Wish, weigh)
