"""Edits of roster files: what somebody wants them to say, as new texts that say so and no more.

A new text keeps comments, order, layout and quotes of everything that was not edited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from rotation.core.roster import Roster
from rotation.core.timeline import local_date
from rotation.roster_file import read_snapshot
from rotation.roster_file.edit.later import (
    OF_TURNS,
    Effective,
    Put,
    add,
    in_force,
    put_off,
    settle,
)
from rotation.roster_file.edit.surgery import rewritten, same
from rotation.roster_file.edit.turning import anchors
from rotation.roster_file.edit.wish import Edit, Files, Saying, Turning, edit_in, edit_of
from rotation.roster_file.folder import Snapshot
from rotation.roster_file.problems import Problem, RosterErrors
from rotation.roster_file.tree import Data, Tree, read

__all__ = [
    "OF_TURNS", "Edit", "Edited", "Effective", "Turning", "edit_in", "edit_of", "edited", "said",
    "with_texts",
]  # fmt: skip

_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Edited:
    """The files as they would be; `changed` are the names of those that would be others.

    With `problems` they make no roster, and are not to be written; places in them are those in the
    new texts.
    """

    files: Snapshot
    changed: tuple[str, ...]
    problems: tuple[Problem, ...]
    roster: Roster | None = None


def edited(files: Snapshot, edit: Edit, now: datetime) -> Edited:
    """What `files` would be with the edit made at the UTC instant `now`. Nothing is written."""
    trees = [read(name, content) for name, content in files]
    known = [t for t in trees if not isinstance(t, Problem)]
    if len(known) < len(trees):
        return Edited(files, (), tuple(t for t in trees if isinstance(t, Problem)))
    before = _before(files)
    saying = _settled(known, edit, before, now)
    saying.take(edit)
    if saying.problems:
        return Edited(files, (), tuple(saying.problems))
    found = _written(files, saying)
    if before is None or found.roster is None:
        return found
    puts = tuple(put_off(before, found.roster, edit.turned, edit.effective, now))
    if puts:
        settled = _settled(known, edit, before, now)
        return _written(files, _put_off(settled, edit, puts))
    return found if edit.turn is Turning.ANEW else _kept(files, saying, before, found, now)


def _before(files: Snapshot) -> Roster | None:
    """None where something is wrong with it, so that nobody knows whose turn it is."""
    try:
        return read_snapshot(files)
    except RosterErrors:
        return None


def _settled(trees: Sequence[Tree], edit: Edit, before: Roster | None, now: datetime) -> Saying:
    """What the files say, where shifts whose turns are edited say those they have by now."""
    saying = Saying(trees)
    for name, shift in before.shifts.items() if before is not None else ():
        if name in edit.turned or not set(edit.leaves).isdisjoint(shift.people):
            settle(saying.shift(name), local_date(now, shift.zone))
    return saying


def _put_off(saying: Saying, edit: Edit, puts: Sequence[Put]) -> Saying:
    """What they are to say, with the turns of some shifts as they are to be later."""
    saying.take(edit.without_turns([put.shift for put in puts]))
    for put in puts:
        add(saying.shift(put.shift), put, edit.change(put.shift))
    return saying


def _kept(files: Snapshot, saying: Saying, before: Roster, found: Edited, now: datetime) -> Edited:
    """With turns counted so that whoever has one now keeps it."""
    was, by_now = (
        replace(one, shifts={n: in_force(s, now) for n, s in one.shifts.items()})
        for one in (before, found.roster or before)
    )
    moved = dict(anchors(was, by_now, now))
    if not moved:
        return found
    turns: Data = {str(name): {"turns": {"from": at.isoformat()}} for name, at in moved.items()}
    saying.take(replace(Edit({}), says={"shifts": turns}))
    return _written(files, saying)


def _written(files: Snapshot, saying: Saying) -> Edited:
    trees: Sequence[Tree] = saying.trees
    new, problems = dict[str, bytes](), list[Problem]()
    for tree, (name, content) in zip(trees, files, strict=True):
        told = _new_content(tree, content, saying.files)
        if isinstance(told, Problem):
            problems.append(told)
        else:
            new[name] = told
    return Edited(files, (), tuple(problems)) if problems else with_texts(files, new)


def said(files: Snapshot, now: datetime) -> Mapping[str, Mapping[str, Data]]:
    """What each file says, in plain data; of the turns of a shift, those it has at `now`.

    Raises RosterErrors where one cannot be read.
    """
    trees = [read(name, content) for name, content in files]
    if problems := [t for t in trees if isinstance(t, Problem)]:
        raise RosterErrors(problems)
    saying = Saying([t for t in trees if not isinstance(t, Problem)])
    later = {name for name, shift in saying.shifts() if "then" in shift}
    before = _before(files) if later else None
    for name, shift in before.shifts.items() if before is not None else ():
        if name in later:
            settle(saying.shift(name), local_date(now, shift.zone))
    return saying.files


def with_texts(files: Snapshot, new: Mapping[str, bytes]) -> Edited:
    """The files with other contents for those named."""
    found = tuple((name, new.get(name, content)) for name, content in files)
    changed = tuple(name for name, content in files if new.get(name, content) != content)
    try:
        return Edited(found, changed, (), read_snapshot(found))
    except RosterErrors as errors:
        return Edited(found, changed, errors.problems)


def _new_content(tree: Tree, content: bytes, files: Files) -> bytes | Problem:
    """The file's new bytes, which were read again and say what they are to say."""
    target = files[tree.file]
    if same(tree.data, target):
        return content
    text = rewritten(tree.text, target)
    again = read(tree.file, text.encode())
    if isinstance(again, Problem) or not same(again.data, target):
        fix = "Write it in an editor"
        return Problem(tree.file, 0, 0, "this file is laid out too unusually to be edited", fix)
    return (_BOM if content.startswith(_BOM) else b"") + text.encode()
