"""A list of subscriptions, weighed whole and kept whole, for the command and for programs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from rotation.core.roster import GroupId
from rotation.engine import subscriptions
from rotation.engine.subscriptions import Misfit
from rotation.engine.subscriptions import Weighed as Found
from rotation.ledger import Rights
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.asking import Kind, asks
from rotation.surfaces.orders.order import By, Counter, Made, Order, Row, Weighed
from rotation.surfaces.saying import zone_of
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Problem

_KINDS = {
    "new": "begin",
    "longer": "end later than before",
    "shorter": "end sooner than before",
    "moved": "have another group or number",
    "reworded": "have another name, language or warning",
    "same": "are as they were",
    "over": "had ended already and are left alone",
    "leavers": "are of leavers, who may be in no group",
    "missing": "end now, because the list is whole and they are not in it",
}
_UNNAMED = "the list"
_MOST_ROWS = 200
_MOST_MISTAKES = 40
"""So many of them are shown; mending one often mends more."""


@dataclass(frozen=True, slots=True)
class Wish:
    rows: str = asks(
        "The list", Kind.LIST, hint="CSV with the columns key, phone, name, group, until"
    )
    file: str = asks("What it is called", Kind.NAME, "", hint="members.csv")
    replace: bool = asks("It is the whole list: whoever is missing ends", Kind.FLAG, default=False)
    release: int = asks(
        "So many may lose time by it, where that is more than usual", Kind.NUMBER, 0
    )


def weigh(_counter: Counter, sight: Sight, wish: Wish) -> Weighed:
    from rotation import roster_file

    name = masked(on_one_line(wish.file.strip())) or _UNNAMED
    try:
        listed = roster_file.members(name, wish.rows.encode(), _zones(sight))
    except roster_file.RosterErrors as wrong:
        return _wrong([(p.line, p.column, str(p)) for p in wrong.problems])
    found = subscriptions.weigh(
        sight.books, sight.roster, listed.members, sight.now, whole=wish.replace
    )
    if found.misfits:
        return _wrong([_misfit(name, one) for one in found.misfits])
    counts = _counts(found)
    data = {"held": len(found.held), **counts}
    members = (*found.changes, *found.reworded)
    groups = tuple(sorted({*(m.group for m in members), *(s.group for s in found.missing)}))
    said = (*(masked(str(one)) for one in listed.remarks), _summary(counts))

    def write(by: By) -> Made:
        subscriptions.keep(sight.books, found, by.told, sight.now, name)
        return Made("", ("Written down.",), new=True, groups=groups, data=data)

    return Weighed(
        said=said,
        write=write,
        rows=tuple(_rows(found)),
        problems=tuple(_too_many(found, wish.release)),
        groups=groups,
        already=None if groups else Made("", (*said, "Nothing is new."), new=False, data=data),
        agreed=(tuple(counts.items()), wish.rows),
        data=data,
    )


def _zones(sight: Sight) -> dict[GroupId, str | None]:
    return {
        group.id: zone_of(sight.timeline, group, sight.now) if group.shifts else None
        for group in sight.roster.groups.values()
    }


def _misfit(name: str, one: Misfit) -> tuple[int, int, str]:
    return one.member.line, 0, f"{name}:{one.member.line}: {one.column}: {one.message}. {one.fix}"


def _wrong(found: list[tuple[int, int, str]]) -> Weighed:
    """A list with mistakes: each is a problem, and data has its place."""
    told = [(line, column, masked(on_one_line(text))) for line, column, text in found]
    shown = [text for _, _, text in told[:_MOST_MISTAKES]]
    if len(told) > len(shown):
        shown.append(f"and {len(told) - len(shown)} more mistakes")
    mistakes = [{"line": line, "column": at, "problem": text} for line, at, text in told]
    return Weighed((), _never, problems=tuple(map(Problem, shown)), data={"mistakes": mistakes})


def _never(_by: By) -> NoReturn:
    raise AssertionError("a list with mistakes is not kept")


def _too_many(found: Found, released: int) -> Iterator[Problem]:
    many = len(found.held)
    if many not in {0, released}:
        yield Problem(
            f"{counted(many, 'person', 'people')} would lose time by this list, which may be a"
            " mistake",
            fix=f"If it is meant, add --release {many}",
        )


def _counts(found: Found) -> dict[str, int]:
    return {kind: len(getattr(found, kind)) for kind in _KINDS}


def _summary(counts: dict[str, int]) -> str:
    told = [f"{count} {_KINDS[kind]}" for kind, count in counts.items() if count]
    return f"Of the subscriptions {'; '.join(told)}." if told else "The list names nobody."


def _rows(found: Found) -> Iterator[Row]:
    """The first of those that change, whoever loses by it before the others."""
    some = [
        (one.key, one.group, _KINDS[kind])
        for kind in ("missing", "shorter", "moved", "longer", "new", "reworded")
        for one in getattr(found, kind)
    ]
    for key, group, what in some[:_MOST_ROWS]:
        yield Row(masked(on_one_line(key)), "", what.partition(",")[0], (group,))
    if len(some) > _MOST_ROWS:
        yield Row(f"and {len(some) - _MOST_ROWS} more", "", "")


IMPORT = Order("import", "Import a list of subscriptions", Rights.OPERATOR, Wish, weigh)
