"""What was answered before, and is still true."""

from collections.abc import Hashable, Iterable, Iterator
from contextlib import contextmanager
from math import inf
from typing import Any, Final

from sqlalchemy import Table

MOST_ANSWERS = 2000
"""How many answers are kept; with more all are forgotten, and asked for anew."""
ANY: Final = object()
"""Whose an answer is that depends on the rows of several groups."""


class Answers:
    """What was answered before, by the tables it came from: so many, made of so many rows in all.

    One of more rows than that is not kept; where there are too many of them, all are forgotten.
    """

    def __init__(self, most: int = MOST_ANSWERS, rows: float = inf) -> None:
        self._most, self._most_rows = most, rows
        self._found: dict[Hashable, Any] = {}
        self._from: dict[Table, dict[Hashable, set[Hashable]]] = {}
        """Of each table the answers that came from it, by the group, or none, that they are of."""
        self._rows = 0

    def get(self, key: Hashable) -> tuple[Any] | None:
        return self._found.get(key)

    def keep(
        self,
        key: Hashable,
        answer: object,
        rows: int,
        tables: frozenset[Table],
        whose: Hashable = ANY,
    ) -> None:
        if rows > self._most_rows:
            return
        if len(self._found) >= self._most or self._rows + rows > self._most_rows:
            self.forget_all()
        self._found[key] = (answer,)
        self._rows += rows
        for table in tables:
            self._from.setdefault(table, {}).setdefault(whose, set()).add(key)

    def forget(self, table: Table, groups: Iterable[Hashable] | None = None) -> None:
        """What came from a table is not known any more; with `groups` what is of others stays."""
        known = self._from.get(table)
        if not known:
            return
        for whose in list(known) if groups is None else {ANY, *groups}:
            for key in known.pop(whose, ()):
                self._found.pop(key, None)

    def make_room(self, answers: int) -> None:
        """So many more may be kept, without that one of them makes the others forgotten."""
        if len(self._found) + answers > self._most:
            self.forget_all()

    def forget_all(self) -> None:
        self._found.clear()
        self._from.clear()
        self._rows = 0


@contextmanager
def lent(answers: Answers) -> Iterator[Answers]:
    """The answers for one transaction; what fails in it leaves none that it may have seen alone."""
    try:
        yield answers
    except BaseException:
        answers.forget_all()
        raise
