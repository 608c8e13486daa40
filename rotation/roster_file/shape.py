"""The shapes that values in a roster file can have: each reads one, and tells editors of itself.

A shape names every mistake in the value it is given, each at its place, and then raises Misfit.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Generic, NamedTuple, NoReturn, TypeAlias, TypeVar

from rotation.roster_file.problems import Problem, UnreadableError, did_you_mean
from rotation.roster_file.tree import Data, Path, Tree

Schema: TypeAlias = dict[str, Any]
"""JSON schema, its keywords by name."""

_T = TypeVar("_T")
_T_co = TypeVar("_T_co", covariant=True)
_FEW = 8
"""Of the keys that an entry may have, those that come first."""


class Misfit(Exception):  # noqa: N818 - no error of ours: it ends the reading of one value
    """The value does not have the shape. Why is in the report."""


class Report:
    """The mistakes found in one file so far."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self.problems: list[Problem] = []

    def misfit(self, path: Path, value: Data, message: str, fix: str) -> NoReturn:
        """Name a mistake and give the value up. That there is no value was named before."""
        if value is not None:
            quoted = path in self._tree.written and fix.endswith("in quotes")
            fix += f': "{self._tree.written[path]}"' if quoted else ""
            self.problems.append(self._tree.problem(path, message, fix))
        raise Misfit

    def at_key(self, path: Path, message: str, fix: str) -> None:
        """Name a mistake of a key, or of all that stands below it."""
        self.problems.append(self._tree.problem_with_key(path, message, fix))

    def unreadable(self, path: Path, value: Data, wrong: UnreadableError) -> NoReturn:
        if isinstance(value, dict):
            self.at_key(path, wrong.message, wrong.fix)
            raise Misfit
        self.misfit(path, value, wrong.message, wrong.fix)

    def written(self, path: Path, value: Data) -> str:
        """The value as it stands in the file."""
        return self._tree.written.get(path, str(value))


class Shape(ABC, Generic[_T_co]):
    @abstractmethod
    def read(self, value: Data, path: Path, report: Report) -> _T_co:
        """What `value`, which stands at `path`, means. Raises Misfit."""

    @abstractmethod
    def schema(self) -> Schema: ...


class Form(Shape[_T]):
    """One value in one of our forms, whose reader raises UnreadableError."""

    def __init__(self, form: Callable[[Data], _T], schema: Schema) -> None:
        self._form, self._schema = form, schema

    def read(self, value: Data, path: Path, report: Report) -> _T:
        try:
            return self._form(value)
        except UnreadableError as wrong:
            report.unreadable(path, value, wrong)

    def schema(self) -> Schema:
        return self._schema


class Whole(Shape[int]):
    """A whole number within limits."""

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def read(self, value: Data, path: Path, report: Report) -> int:
        written = report.written(path, value)
        if not isinstance(value, int) or isinstance(value, bool):
            report.misfit(path, value, f"`{written}` is no whole number", "Write one like 1 or 2")
        if value < self._least:
            fix = f"Write at least {self._least}"
            report.misfit(path, value, f"`{written}` is too few", fix)
        if value > self._most:
            fix = f"Write at most {self._most}"
            report.misfit(path, value, f"`{written}` is too many", fix)
        return value

    def schema(self) -> Schema:
        return {"maximum": self._most, "minimum": self._least, "type": "integer"}


class Yes(Shape[bool]):
    """True or false."""

    def read(self, value: Data, path: Path, report: Report) -> bool:
        if not isinstance(value, bool):
            written = report.written(path, value)
            report.misfit(path, value, f"`{written}` is neither true nor false", "Write `true`")
        return value

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Several(Shape[list[_T]]):
    """A list. `distinct` is for editors; who is named twice is told by `names`."""

    def __init__(self, item: Shape[_T], *, some: bool = False, distinct: bool = False) -> None:
        self._item, self._some, self._distinct = item, some, distinct

    def read(self, value: Data, path: Path, report: Report) -> list[_T]:
        if not isinstance(value, list):
            report.misfit(path, value, "a list is needed here", "Write [ana, ben]")
        if self._some and not value:
            report.misfit(path, value, "the list is empty", "Name at least one")
        items = ((index, item) for index, item in enumerate(value))
        found = dict(_fitting(self._item, items, path, report))
        if len(found) < len(value):
            raise Misfit
        return list(found.values())

    def schema(self) -> Schema:
        least = {"minItems": 1} if self._some else {}
        distinct = {"uniqueItems": True} if self._distinct else {}
        return {"items": self._item.schema(), **least, "type": "array", **distinct}


class Named(Shape[dict[str, _T]]):
    """Values under names that `name` accepts. `known` is what may be written in their place."""

    def __init__(
        self, item: Shape[_T], name: Callable[[str], object], pattern: str, known: Sequence[str]
    ) -> None:
        self._item, self._name, self._pattern, self._known = item, name, pattern, known

    def read(self, value: Data, path: Path, report: Report) -> dict[str, _T]:
        found = self.fitting(value, path, report)
        if isinstance(value, dict) and len(found) < len(value):
            raise Misfit
        return found

    def fitting(self, value: Data, path: Path, report: Report) -> dict[str, _T]:
        """Those of the values that are right; the others are reported and left out."""
        if not isinstance(value, dict):
            _no_keys(value, path, report, self._known)
        wrong = [name for name in value if not self._accepted(name, path, report)]
        found = dict(_fitting(self._item, value.items(), path, report))
        return {name: item for name, item in found.items() if name not in wrong}

    def _accepted(self, name: str, path: Path, report: Report) -> bool:
        try:
            self._name(name)
        except UnreadableError as wrong:
            report.at_key((*path, name), wrong.message, wrong.fix)
            return False
        return True

    def schema(self) -> Schema:
        names = {"pattern": self._pattern}
        return {
            "additionalProperties": self._item.schema(), "propertyNames": names, "type": "object",
        }  # fmt: skip


class Key(NamedTuple):
    """A key of an entry. It must be there if it has an `example`, which is told who forgot it.

    One that may be left out and has no default of its own may also be written without a value.
    """

    shape: Shape[Any]
    example: str | None = None
    field: str | None = None
    may_be_empty: bool = True


class Entry(Shape[_T]):
    """Lines of `key: value` under one name, made into a value by `make`.

    `fits` raises UnreadableError where the keys are right and do not go together.
    """

    def __init__(
        self,
        make: Callable[..., _T],
        keys: Mapping[str, Key],
        *,
        title: str,
        about: str = "",
        fits: Callable[[_T], None] = lambda _: None,
        limits: Schema | None = None,
    ) -> None:
        self.title, self.keys = title, keys
        self.known = sorted(keys, key=lambda name: keys[name].example is None)
        self._make, self._fits, self._about, self._limits = make, fits, about, limits or {}

    def read(self, value: Data, path: Path, report: Report) -> _T:
        if not isinstance(value, dict):
            _no_keys(value, path, report, self.known)
        given = {name: item for name, item in value.items() if name in self.keys}
        missing = [n for n, key in self.keys.items() if key.example is not None and n not in given]
        for name in missing:
            report.at_key(path, f"`{name}` is missing", self.keys[name].example or "")
        self.refuse_unknown(value, path, report)
        found = {self.keys[n].field or n: item for n, item in self._read(given, path, report)}
        if missing or len(found) < len(value):
            raise Misfit
        made = self._make(**found)
        try:
            self._fits(made)
        except UnreadableError as wrong:
            report.unreadable(path, value, wrong)
        return made

    def refuse_unknown(self, names: Mapping[str, Data], path: Path, report: Report) -> None:
        for name in names:
            if name not in self.keys:
                fix = did_you_mean(name, self.known)
                report.at_key((*path, name), f"`{name}` is not a key here", fix)

    def _read(
        self, given: Mapping[str, Data], path: Path, report: Report
    ) -> Iterator[tuple[str, object]]:
        for name, item in given.items():
            key = self.keys[name]
            if item is None and key.example is None and key.may_be_empty:
                yield name, None
            else:
                yield from _fitting(key.shape, [(name, item)], path, report)

    def schema(self) -> Schema:
        return {"$ref": f"#/$defs/{self.title}"}

    def definition(self) -> Schema:
        """The schema that `schema` refers to."""
        needed = [name for name, key in self.keys.items() if key.example is not None]
        return {
            "additionalProperties": False,
            **({"description": self._about} if self._about else {}),
            **self._limits,
            "properties": {name: key.shape.schema() for name, key in self.keys.items()},
            **({"required": needed} if needed else {}),
            "title": self.title,
            "type": "object",
        }


_K = TypeVar("_K", str, int)


def _fitting(
    shape: Shape[_T], items: Iterable[tuple[_K, Data]], path: Path, report: Report
) -> Iterator[tuple[_K, _T]]:
    """Each item that has the shape, with its key or index; the others are in the report."""
    for key, item in items:
        try:
            yield key, shape.read(item, (*path, key), report)
        except Misfit:
            continue


def _no_keys(value: Data, path: Path, report: Report, known: Sequence[str]) -> NoReturn:
    shown = ", ".join(known[:_FEW])
    message = "lines of `key: value` are needed here"
    report.misfit(path, value, message, f"Known here: {shown}")
