"""The text of a roster file as plain data, and the place of every key and value.

Read from YAML's events and not from a loader, so that nothing is constructed, nothing is shared,
and every value has its place. Plain words follow YAML 1.2: `20:00` and `no` are text.

Places are told to people, so a file without mistakes needs none: thousands of groups have them at
ten times the size of the roster. They are found by reading the text once more.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
)
from ruamel.yaml.reader import ReaderError

from rotation.roster_file.problems import Problem

LARGEST_FILE = 1 << 20
"""Bytes. A roster of thousands of shifts is well below."""
DEEPEST = 20
LONGEST_NUMBER = 40

Data: TypeAlias = "str | int | float | bool | list[Data] | dict[str, Data] | None"
Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)", re.ASCII)
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", re.ASCII)
_STUMBLES = (
    *(YAMLError, ValueError, LookupError, ArithmeticError),
    *(AssertionError, AttributeError, TypeError, RecursionError),
)
"""How the parser fails over some nonsense, found by fuzzing. To the writer they are one thing."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
}


class NotPlainError(Exception):
    """The text is not YAML, or not the plain part of it that rosters are written in."""

    def __init__(self, place: Place, message: str, fix: str) -> None:
        super().__init__(message)
        self.place, self.message, self.fix = place, message, fix


@dataclass(frozen=True)
class Places:
    """Where each path of keys and indexes stands in a file (line, column)."""

    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)


@dataclass(frozen=True)
class Tree:
    """One file: its text, and the data in it."""

    file: str
    text: str
    data: Data
    written: dict[Path, str] = field(default_factory=dict)
    """Plain words that were read as a number or the like, as they stand in the file."""

    @cached_property
    def _places(self) -> Places:
        found = Places()
        _Growing(found).take(events(self.text))
        return found

    def problem(self, path: Path, message: str, fix: str) -> Problem:
        """A problem with the value at `path`, or with the nearest thing above it."""
        values = self._places.values
        while path and path not in values:
            path = path[:-1]
        line, column = values.get(path, (1, 1))
        return Problem(self.file, line, column, message, fix)

    def at(self, path: Path) -> Data:
        """The value at `path`, None if there is none."""
        found: Data = self.data
        for part in path:
            if isinstance(found, list):
                found = found[part] if isinstance(part, int) and part < len(found) else None
            else:
                found = found.get(str(part)) if isinstance(found, dict) else None
        return found

    def problem_with_key(self, path: Path, message: str, fix: str) -> Problem:
        """A problem with the key that `path` ends in; for list items and the file, their place."""
        keys = self._places.keys
        if path not in keys:
            return self.problem(path, message, fix)
        line, column = keys[path]
        return Problem(self.file, line, column, message, fix)


def read(file: str, content: bytes) -> Tree | Problem:
    """The tree of a file, or the one problem that makes it unreadable."""
    try:
        return _read(file, content)
    except NotPlainError as wrong:
        return Problem(file, *wrong.place, wrong.message, wrong.fix)


def _read(file: str, content: bytes) -> Tree:
    text = _decoded(content)
    tree = _Growing()
    try:
        tree.take(events(text))
    except _TwiceError:
        _Growing(Places()).take(events(text))  # which says where
        raise
    except MarkedYAMLError as wrong:
        mark = wrong.problem_mark or wrong.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = " ".join(str(wrong.problem or wrong.context or "").split())
        fix = "Check quotes, colons and indentation near here"
        if "'\\t'" in said:
            said, fix = "a tab stands where a line begins", "Indent with spaces"
        raise NotPlainError(place, f"this is not YAML: {said}", fix) from None
    except ReaderError as wrong:
        place = _place(text, wrong.position)
        raise NotPlainError(
            place, "there is a character that YAML does not allow", "Delete it"
        ) from None
    except _STUMBLES as wrong:
        said = type(wrong).__name__
        raise NotPlainError(
            (1, 1), f"this is not YAML ({said})", "Check the file in an editor"
        ) from None
    return Tree(file, text, tree.root, tree.written)


def events(text: str) -> Iterator[Event]:
    found: Iterator[Event] = YAML(typ="safe", pure=True).parse(text)
    return found


def _decoded(content: bytes) -> str:
    if len(content) > LARGEST_FILE:
        raise NotPlainError(
            (1, 1), "the file is larger than 1 MiB", "Split it; files of a folder work together"
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        before = content[: wrong.start].decode("utf-8", errors="replace")
        raise NotPlainError(
            _place(before, len(before)), "the file is not UTF-8 text", "Save it as UTF-8"
        ) from None
    if "\0" in text:
        place = _place(text, text.index("\0"))
        raise NotPlainError(place, "there is a NUL character", "Save the file as plain text")
    if not text.strip():
        raise NotPlainError((1, 1), "the file is empty", "Write a roster into it or delete it")
    return text


def _place(text: str, position: int) -> Place:
    before = text[:position]
    return before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1


@dataclass(slots=True)
class _Open:
    """A mapping or list that is not closed yet; `at_key` ends in the one whose value comes next."""

    path: Path
    into: "dict[str, Data] | list[Data]"
    at_key: Path | None = None


class _TwiceError(Exception):
    """A key is there twice, in a reading that knows no places."""


class _Growing:
    """Data that grows by events. `places` are noted if there is somewhere to note them."""

    def __init__(self, places: Places | None = None) -> None:
        self.root: Data = None
        self.written: dict[Path, str] = {}
        self._places = places
        self._open: list[_Open] = []
        self._documents = 0

    def take(self, events: Iterator[Event]) -> None:
        for event in events:
            match event:
                case DocumentStartEvent():
                    self._begin_document(event)
                case MappingEndEvent() | SequenceEndEvent():
                    self._open.pop()
                case NodeEvent():
                    self._refuse_tricks(event)
                    self._node(event)
                case _:
                    pass

    def _begin_document(self, event: DocumentStartEvent) -> None:
        self._documents += 1
        if self._documents > 1:
            raise NotPlainError(_mark(event), "a second document begins", "Use a file for each")

    def _refuse_tricks(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent) or event.anchor:
            sign = "*" if isinstance(event, AliasEvent) else "&"
            raise NotPlainError(
                _mark(event),
                f"`{sign}{event.anchor}` is YAML shorthand that rosters do not use",
                "Write it out; what groups share goes under `defaults:`. Quote text with a `*`",
            )
        if isinstance(event, ScalarEvent) and _SURROGATE.search(str(event.value)):
            raise NotPlainError(
                _mark(event), "an escape here is half of a character", "Write the character itself"
            )
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag) != "!":
            raise NotPlainError(_mark(event), f"`{tag}` is a YAML tag", "Leave it out, or quote it")

    def _node(self, event: NodeEvent) -> None:
        top = self._open[-1] if self._open else None
        if top is not None and isinstance(top.into, dict) and top.at_key is None:
            self._key(top, event)
            return
        path = self._next_path(top)
        if self._places is not None:
            self._places.values[path] = _mark(event)
        value: Data
        match event:
            case ScalarEvent():
                value = self._scalar(path, event)
            case MappingStartEvent():
                value = {}
            case _:
                value = []
        self._put(top, value)
        if isinstance(value, dict | list):
            if len(self._open) >= DEEPEST:
                raise NotPlainError(
                    _mark(event), f"this is nested deeper than {DEEPEST}", "Nest less deeply"
                )
            self._open.append(_Open(path, value))

    def _next_path(self, top: _Open | None) -> Path:
        if top is None:
            return ()
        return top.at_key or (*top.path, len(top.into))

    def _key(self, top: _Open, event: NodeEvent) -> None:
        if not isinstance(event, ScalarEvent):
            raise NotPlainError(
                _mark(event), "a list or mapping is used as a key", "Quote braces and brackets"
            )
        key = sys.intern(str(event.value))  # the same few words in thousands of entries
        path = (*top.path, key)
        if key in top.into:
            if self._places is None:
                raise _TwiceError
            line, column = self._places.keys[path]
            raise NotPlainError(
                _mark(event),
                f"`{key}` is here twice; first at {line}:{column}",
                "Rename one of them or join the two",
            )
        if key == "<<":
            raise NotPlainError(_mark(event), "`<<` merges are not used in rosters", "Write it out")
        if self._places is not None:
            self._places.keys[path] = _mark(event)
        top.at_key = path

    def _put(self, top: _Open | None, value: Data) -> None:
        if top is None:
            self.root = value
        elif isinstance(top.into, list):
            top.into.append(value)
        elif top.at_key:
            top.into[str(top.at_key[-1])] = value
            top.at_key = None

    def _scalar(self, path: Path, event: ScalarEvent) -> Data:
        text = str(event.value)
        if event.style:
            return text
        found = plain(text)
        if not isinstance(found, str):
            self.written[path] = text
        return found


def plain(text: str) -> Data:
    """What an unquoted word is. Numbers with leading zeros stay text: readers disagree on them."""
    if text in _WORDS:
        return _WORDS[text]
    if len(text) > LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    return text


def _mark(event: Event) -> Place:
    mark = event.start_mark
    return mark.line + 1, mark.column + 1
