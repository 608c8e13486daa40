"""What is wrong with a roster file, said so that its writer can mend it."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing to mend. Line and column count from 1; line 0 speaks of the file as a whole."""

    file: str
    line: int
    column: int
    message: str
    fix: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        return f"{where}: {self.message}. {self.fix}" if self.fix else f"{where}: {self.message}"


class RosterErrors(Exception):  # noqa: N818 - it carries all of them at once
    """The files make no roster. `problems` are all that were found, in the order of the files."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(*self.problems)

    def __str__(self) -> str:
        return "\n".join(str(p) for p in self.problems)


class UnreadableError(ValueError):
    """A value that does not mean anything here: what is wrong with it, and what to write."""

    def __init__(self, message: str, fix: str) -> None:
        super().__init__(message)
        self.message = message
        self.fix = fix


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`Did you mean ...?` if one of the few known words is near, else the words themselves."""
    names = sorted(known)
    near = get_close_matches(word.casefold(), [n.casefold() for n in names], n=1, cutoff=0.6)
    if near:
        return f"Did you mean `{next(n for n in names if n.casefold() == near[0])}`?"
    if not names:
        return "There are none to name yet"
    shown = ", ".join(names[:12])
    return f"Known here: {shown}{', ...' if len(names) > 12 else ''}"  # noqa: PLR2004 - a line's worth
