"""Why somebody does not get what they asked for, and what to do about it.

Each way in says it in its own way: a command by its exit code, a page by its status.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from rotation.core.roster import GroupId


class Wrong(Exception):  # noqa: N818 - the words of the house, not "...Error"
    """What was asked for makes no sense as it is written. `fix` may be empty."""

    def __init__(self, what: str, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


class Unknown(Wrong):
    """Something is named that there is not."""


class NotAllowed(Wrong):
    """Whoever asks has not the right to, or not in these groups."""


class Changed(Wrong):
    """It would do something else by now than what was agreed to."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What speaks against an order: in one of its groups, or in all of it."""

    what: str
    group: GroupId | None = None
    fix: str = ""


class Refused(Wrong):
    """It makes sense, but something speaks against it as things are."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        told = dict.fromkeys(one.what for one in self.problems)
        fixes = dict.fromkeys(one.fix for one in self.problems if one.fix)
        super().__init__("; ".join(told), ". ".join(fixes))
