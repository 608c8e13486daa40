"""Whose turn it is in a shift, and who comes after them from some date on."""

from collections.abc import Iterable, Sequence
from math import gcd

from rotation.core.roster import Every, Everyone, Later, PersonId, Pick, Turns
from rotation.roster_file.entries import LaterEntry, ShiftEntry
from rotation.roster_file.problems import Problem
from rotation.roster_file.tree import Path, Tree


class Reading:
    """The turns of one shift, which stands at `path`."""

    def __init__(self, tree: Tree, path: Path) -> None:
        self._tree, self._path = tree, path
        self.problems: list[Problem] = []

    def turns(self, entry: ShiftEntry) -> Turns | Everyone:
        if entry.turns is None:
            return Everyone(persons(entry.everyone or ()))
        (count, unit), on_duty = entry.turns.change, entry.on_duty or 1
        said = entry.turns
        turns = Turns(persons(said.order), unit, count, said.since, on_duty, said.pick)
        self._check(turns, ())
        return turns

    def then(self, entry: ShiftEntry) -> tuple[Later, ...]:
        """By date. What one of them does not say is as before it."""
        change = None if entry.turns is None else entry.turns.change
        on_duty, found = entry.on_duty or 1, list[Later]()
        pick = Pick.ORDER if entry.turns is None else entry.turns.pick
        places = sorted(enumerate(entry.then), key=lambda place: place[1].since)
        for index, one in places:
            place = ("then", index)
            if found and found[-1].first == one.since:
                fix = "Write one entry for the date"
                self._wrong(
                    (*place, "from"), f"{one.since} is the `from` of another entry too", fix
                )
            if one.turns is not None:
                change, on_duty = one.turns.change or change, one.on_duty or on_duty
                pick = one.turns.pick or pick
            found.append(Later(one.since, self._later(place, one, change, on_duty, pick)))
        return tuple(found)

    def _later(
        self, place: Path, one: LaterEntry, change: tuple[int, Every] | None, on_duty: int,
        pick: Pick,
    ) -> Turns | Everyone:  # fmt: skip
        if one.turns is None:
            return Everyone(persons(one.everyone or ()))
        if change is None:
            fix = "Write `change: every week` in its `turns`"
            self._wrong((*place, "turns"), "nothing says how often these turns change", fix)
        count, unit = change or (1, Every.DAY)
        anchor = one.turns.since or one.since
        if anchor > one.since:
            message = f"nobody would have a turn between {one.since} and {anchor}"
            fix = "Let turns count from that date or an earlier one, or delete this `from`"
            self._wrong((*place, "turns", "from"), message, fix)
        turns = Turns(persons(one.turns.order), unit, count, anchor, on_duty, pick)
        self._check(turns, place)
        return turns

    def _check(self, turns: Turns, place: Path) -> None:
        if turns.on_duty > len(turns.order):
            message = f"{turns.on_duty} are on duty at a time, and the order names "
            fix = "Name more people or lower `on_duty`"
            where = (*place, "on_duty")
            if self._tree.at((*self._path, *where)) is None:
                where = (*place, "turns", "order")
            self._wrong(where, f"{message}{len(turns.order)}", fix)
        elif turns.pick is not Pick.ORDER and len({*turns.order}) < len(turns.order):
            who = next(p for n, p in enumerate(turns.order) if p in turns.order[:n])
            message = f"`{who}` is in the order twice, and turns are picked by load"
            self._wrong((*place, "turns", "order"), message, "Name everybody once")
        elif twice := _twice_at_once(turns.order, turns.on_duty):
            message = f"`{twice}` would be on duty twice at once"
            fix = "Reorder, so that nobody comes twice among those on duty together"
            self._wrong((*place, "turns", "order"), message, fix)

    def _wrong(self, place: Path, message: str, fix: str) -> None:
        self.problems.append(self._tree.problem((*self._path, *place), message, fix))


def persons(names: Iterable[str]) -> tuple[PersonId, ...]:
    return tuple(PersonId(n) for n in names)


def _twice_at_once(order: Sequence[str], on_duty: int) -> str | None:
    size = len(order)
    for turn in range(size // gcd(size, on_duty)):
        block = [order[(turn * on_duty + n) % size] for n in range(on_duty)]
        for place, name in enumerate(block):
            if name in block[:place]:
                return name
    return None
