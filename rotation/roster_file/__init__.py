"""Roster files: YAML in, a whole and valid Roster out, or every problem with its line at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rotation.core.roster import Roster
from rotation.roster_file import changes, names
from rotation.roster_file.build import build
from rotation.roster_file.check import Checked, check
from rotation.roster_file.digest import digest
from rotation.roster_file.folder import Snapshot, snapshot
from rotation.roster_file.members import Member, MemberList, member, members
from rotation.roster_file.model import json_schema
from rotation.roster_file.problems import Problem, RosterErrors, did_you_mean
from rotation.roster_file.tree import read as _tree

__all__ = [
    "Member",
    "MemberList",
    "Problem",
    "Reading",
    "RosterErrors",
    "Snapshot",
    "did_you_mean",
    "digest",
    "joined",
    "json_schema",
    "member",
    "members",
    "opened",
    "read",
    "read_snapshot",
    "reading",
    "snapshot",
]


@dataclass(frozen=True, slots=True)
class Reading:
    """A valid roster, and remarks on it: nothing that stops it, something to look at."""

    roster: Roster
    remarks: tuple[Problem, ...]


def read(where: str | Path | Sequence[str | Path]) -> Roster:
    """The roster in a folder, a file or several files. Raises RosterErrors with all problems."""
    return read_snapshot(snapshot(where))


def read_snapshot(files: Snapshot) -> Roster:
    """The roster these files make together. Raises RosterErrors with all problems."""
    return reading(files).roster


def reading(files: Snapshot) -> Reading:
    """The roster with remarks on it. Raises RosterErrors with all problems."""
    return joined([opened(name, content) for name, content in files])


def opened(name: str, content: bytes) -> Checked | Problem:
    """One file, checked as far as it can be by itself; or the problem that makes it unreadable."""
    tree = _tree(name, content)
    return tree if isinstance(tree, Problem) else check(tree)


def joined(files: Sequence[Checked | Problem]) -> Reading:
    """The roster that files make together. Raises RosterErrors with all problems."""
    problems = [one for one in files if isinstance(one, Problem)]
    checked = [one for one in files if not isinstance(one, Problem)]
    complete = not problems
    problems += names.problems([c.tree for c in checked], complete=complete)
    problems += [p for c in checked for p in c.problems]
    roster, misfits = build(checked)
    problems += misfits
    if problems:
        raise RosterErrors(problems)
    return Reading(roster, tuple(sorted(_remarks(checked, roster))))


def _remarks(files: Sequence[Checked], roster: Roster) -> list[Problem]:
    found = []
    used = {shift for group in roster.groups.values() for shift in group.shifts}
    for checked in files:
        for name in checked.file.shifts:
            if name not in used:
                fix = "Name it under a group's `shifts`"
                found.append(
                    checked.tree.problem_with_key(
                        ("shifts", name), f"no group uses the shift `{name}`", fix
                    )
                )
        found += [*_empty_groups(checked), *_renamed_zones(checked)]
        found += changes.remarks(checked, roster)
    return found


def _empty_groups(checked: Checked) -> list[Problem]:
    """A group may do without shifts, but not without anybody."""
    fix = "Name its `shifts`, or people under `pins`"
    return [
        checked.tree.problem_with_key(("groups", name), f"nobody is ever due in `{name}`", fix)
        for name, entry in checked.file.groups.items()
        if not entry.shifts and not entry.pins
    ]


def _renamed_zones(checked: Checked) -> list[Problem]:
    """A zone's former name is understood, and remarked on."""
    entries = {("people", n): e.zone for n, e in checked.file.people.items()} | {
        ("shifts", n): e.zone for n, e in checked.file.shifts.items()
    }
    found = []
    for (section, name), zone in entries.items():
        written = checked.tree.at((section, name, "zone"))
        if zone is not None and written != zone:
            found.append(
                checked.tree.problem(
                    (section, name, "zone"),
                    f"`{written}` is a former or second name",
                    f"Write {zone}",
                )
            )
    return found
