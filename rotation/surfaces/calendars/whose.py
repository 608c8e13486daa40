"""Whose duty a calendar shows, as one writes it: `people/ana`, `groups/acme-vip`, `shifts/asia`."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import quote

from rotation.core.roster import Roster

BELOW, SUFFIX = "/calendar/", ".ics"
"""How the addresses of calendars on the board begin and end."""


class Of(StrEnum):
    PEOPLE = "people"
    GROUPS = "groups"
    SHIFTS = "shifts"


@dataclass(frozen=True, slots=True)
class Whose:
    """One person's duty, or everybody's in one group or on one shift."""

    of: Of
    name: str

    def __str__(self) -> str:
        return f"{self.of}/{self.name}"

    @property
    def address(self) -> str:
        """Where the board has it."""
        return f"{BELOW}{self.of}/{quote(self.name, safe='')}{SUFFIX}"

    def known(self, roster: Roster) -> Mapping[Any, object]:
        """All that the roster has of this kind."""
        match self.of:
            case Of.PEOPLE:
                return roster.people
            case Of.GROUPS:
                return roster.groups
            case Of.SHIFTS:
                return roster.shifts


def of_address(path: str) -> Whose | None:
    """Whose calendar an address means, once it is decoded; None where it is none of a calendar."""
    if not path.startswith(BELOW) or not path.endswith(SUFFIX):
        return None
    return whose(path.removeprefix(BELOW).removesuffix(SUFFIX))


def whose(text: str) -> Whose | None:
    """What a text names, whether there is such a one or not; None where it names nothing."""
    of, slash, name = text.partition("/")
    if of not in set(Of) or not slash or not name:
        return None
    return Whose(Of(of), name)
