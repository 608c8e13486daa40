"""What is meant by the names that people give: of groups, people and shifts. Raises Unknown."""

from collections.abc import Iterable
from typing import NoReturn

from rotation.core.roster import GroupId, PersonId, Phone, Roster, ShiftId
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.wrong import Unknown, Wrong

_SHOWN = 80
"""Characters of a name that are said back."""


def group_called(roster: Roster, name: str) -> GroupId:
    if name not in roster.groups:
        unknown("group", name, roster.groups)
    return GroupId(name)


def person_called(roster: Roster, name: str) -> PersonId:
    """By key or by name, if that is just one person's."""
    if name in roster.people:
        return PersonId(name)
    folded = name.casefold()
    found = [p for p in roster.people.values() if folded in (p.id, p.name.casefold())]
    if len(found) != 1:
        unknown("person", name, roster.people)
    return found[0].id


def shift_called(roster: Roster, name: str) -> ShiftId:
    if name not in roster.shifts:
        unknown("shift", name, roster.shifts)
    return ShiftId(name)


def unknown(
    what: str, name: str, known: Iterable[str], where: str = " in the roster in force"
) -> NoReturn:
    from rotation.roster_file import did_you_mean

    hint, shown = did_you_mean(name[:_SHOWN], known), masked(on_one_line(name[:_SHOWN]))
    raise Unknown(f"there is no {what} `{shown}`{where}", masked(hint))


def number_written(text: str) -> Phone:
    """A number as people write it. No country is guessed. Raises Wrong."""
    from rotation.roster_file.forms import phone
    from rotation.roster_file.problems import UnreadableError

    try:
        return phone(text.strip())
    except UnreadableError as wrong:
        raise Wrong(masked(wrong.message), masked(wrong.fix)) from None
