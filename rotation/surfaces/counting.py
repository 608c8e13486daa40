"""Numbers of things in words, for whatever is said to people."""

from rotation.core.roster import Roster


def counted(count: int, one: str, more: str = "") -> str:
    """`1 problem`, `2 problems`, `1 person`, `3 people`."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def summed_up(roster: Roster) -> str:
    """`12 people, 5 shifts, 4 groups`."""
    people = counted(len(roster.people), "person", "people")
    shifts, groups = counted(len(roster.shifts), "shift"), counted(len(roster.groups), "group")
    return f"{people}, {shifts}, {groups}"
