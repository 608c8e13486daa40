"""Edits of roster files: what somebody wants them to say, as new texts that say so and no more.

A new text keeps comments, order, layout and quotes of everything that was not edited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from rotation.core.roster import Roster
from rotation.core.timeline import local_date
from rotation.roster_file import joined, opened
from rotation.roster_file.check import Checked
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

__all__ = ["OF_TURNS", "Edit", "Edited", "Effective", "Opened", "Turning", "edit_in", "edit_of"]

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


class Opened:
    """Roster files that were read once: to be looked at and edited without being read again."""

    def __init__(self, files: Snapshot) -> None:
        self.files = files
        self._parts = [opened(name, content) for name, content in files]
        self._trees = [part.tree for part in self._parts if isinstance(part, Checked)]
        self.unread = tuple(part for part in self._parts if isinstance(part, Problem))
        """Of the files that cannot be read at all."""

    @cached_property
    def roster(self) -> Roster | None:
        """What they say; None where something is wrong with it, so that nobody knows whole."""
        try:
            return joined(self._parts).roster
        except RosterErrors:
            return None

    def said(self, now: datetime) -> Mapping[str, Mapping[str, Data]]:
        """What each file says, in plain data; of the turns of a shift, those it has at `now`.

        Raises RosterErrors where one cannot be read.
        """
        if self.unread:
            raise RosterErrors(self.unread)
        saying = Saying(self._trees)
        later = {name for name, shift in saying.shifts() if "then" in shift}
        shifts = self.roster.shifts if later and self.roster is not None else {}
        for name, shift in shifts.items():
            if name in later:
                settle(saying.shift(name), local_date(now, shift.zone))
        return saying.files

    def edited(self, edit: Edit, now: datetime) -> Edited:
        """What they would be with the edit made at the UTC instant `now`. Nothing is written."""
        if self.unread:
            return Edited(self.files, (), self.unread)
        before = self.roster
        saying = self._settled(edit, now)
        saying.take(edit)
        if saying.problems:
            return Edited(self.files, (), tuple(saying.problems))
        found = self._written(saying)
        if before is None or found.roster is None:
            return found
        at_once = edit.turn is Turning.ANEW and edit.effective is Effective.NOW
        turned = () if at_once else edit.turned
        puts = tuple(put_off(before, found.roster, turned, edit.effective, now))
        if puts:
            return self._written(_put_off(self._settled(edit, now), edit, puts))
        return found if edit.turn is Turning.ANEW else self._kept(saying, before, found, now)

    def with_texts(self, new: Mapping[str, bytes]) -> Edited:
        """With other contents for the files named."""
        old = dict(self.files)
        found = tuple((name, new.get(name, content)) for name, content in self.files)
        changed = tuple(name for name, content in found if content != old[name])
        parts = [
            opened(name, content) if name in changed else part
            for (name, content), part in zip(found, self._parts, strict=True)
        ]
        try:
            return Edited(found, changed, (), joined(parts).roster)
        except RosterErrors as errors:
            return Edited(found, changed, errors.problems)

    def _settled(self, edit: Edit, now: datetime) -> Saying:
        """What they say, where shifts whose turns are edited say those they have by now."""
        saying = Saying(self._trees)
        for name, shift in self.roster.shifts.items() if self.roster is not None else ():
            if name in edit.turned or not set(edit.leaves).isdisjoint(shift.people):
                settle(saying.shift(name), local_date(now, shift.zone))
        return saying

    def _kept(self, saying: Saying, before: Roster, found: Edited, now: datetime) -> Edited:
        """With turns counted so that whoever has one now keeps it."""
        was, by_now = (
            replace(one, shifts={n: in_force(s, now) for n, s in one.shifts.items()})
            for one in (before, found.roster or before)
        )
        moved = dict(anchors(was, by_now, now))
        if not moved:
            return found
        turns: Data = {str(name): {"turns": {"from": at.isoformat()}} for name, at in moved.items()}
        saying.take(Edit({"shifts": turns}))
        return self._written(saying)

    def _written(self, saying: Saying) -> Edited:
        new, problems = dict[str, bytes](), list[Problem]()
        for tree, (name, content) in zip(self._trees, self.files, strict=True):
            told = _new_content(tree, content, saying.files)
            if isinstance(told, Problem):
                problems.append(told)
            else:
                new[name] = told
        return Edited(self.files, (), tuple(problems)) if problems else self.with_texts(new)


def _put_off(saying: Saying, edit: Edit, puts: Sequence[Put]) -> Saying:
    """What they are to say, with the turns of some shifts as they are to be later."""
    saying.take(edit.without_turns([put.shift for put in puts]))
    for put in puts:
        add(saying.shift(put.shift), put, edit.change(put.shift))
    return saying


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
