"""Mappings: where in a sender's JSON something stands, and what it means. Data, and no code.

A mapping is a TOML file: those that come with rotation lie beside this module, and an operator may
name one of their own. What is wrong with one is told by file and key.
"""

import tomllib
from collections.abc import Mapping as Table
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Final, TypeAlias

from rotation.settings import SettingsError, SettingsErrors
from rotation.settings.kinds import seconds

PathInJson: TypeAlias = tuple[str, ...]
"""Keys, and places in lists, from the outside in."""
Source: TypeAlias = tuple[tuple[PathInJson, ...], ...]
"""Where a value is: the first of these that is there, each of one path or of several joined."""

NEEDS: Final[Table[str, tuple[str, ...]]] = {
    "resolve": ("ticket",),
    "reopen": ("ticket",),
    "grant": ("ticket", "person"),
    "start": ("key", "phone", "until"),
    "renew": ("key", "until"),
    "extend": ("key", "until"),
    "end": ("key",),
}
"""What can be done, and what each has to be told."""
KINDS: Final[Table[str, frozenset[str]]] = {
    "tickets": frozenset({"resolve", "reopen", "grant"}),
    "subscriptions": frozenset({"start", "renew", "extend", "end"}),
}
FIELDS: Final = (
    "ticket", "key", "group", "person", "phone", "name", "until", "language", "warn", "role", "why",
)  # fmt: skip
SIGNATURES: Final = ("standard", "stripe", "zendesk", "hubspot")
LARGEST = 1 << 16


@dataclass(frozen=True, slots=True)
class When:
    """One thing that a sender may tell: how it is known, what to do, and where its facts are.

    `match`: what these paths have to say, one of several texts each. One of `present` is there.
    What `until` says is moved on by `grace`.
    """

    does: str
    match: tuple[tuple[PathInJson, frozenset[str]], ...]
    present: Source
    fields: Table[str, Source]
    grace: timedelta


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one sender's webhooks are read.

    `each`: a body is a list of events. `event` names one, and `at` is when it happened.
    `says_no`: the sender reads answers, so what cannot be done is answered with an error;
    everybody else would send it again for days.
    """

    name: str
    signature: str
    event: Source
    at: Source
    each: bool
    says_no: bool
    whens: tuple[When, ...]


def names() -> tuple[str, ...]:
    """The mappings that come with rotation."""
    folder = files(__package__) / "mappings"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir()))


def load(which: str | Path) -> Mapping:
    """The mapping of this name, or in this file. Raises SettingsErrors with all that is wrong."""
    if isinstance(which, Path):
        return read(which.name, _content(which))
    if which not in names():
        known = ", ".join(names())
        raise _wrong([SettingsError(which, f"is no mapping; there are {known}, or name a file")])
    return read(which, (files(__package__) / "mappings" / f"{which}.toml").read_text("utf-8"))


def _content(path: Path) -> str:
    try:
        if not path.is_file() or path.stat().st_size > LARGEST:
            raise _wrong([SettingsError(str(path), "is no file of at most 64 KiB")])
        return path.read_text("utf-8")
    except OSError as why:
        raise _wrong([SettingsError(str(path), f"can't be read: {why.strerror}")]) from None
    except UnicodeDecodeError:
        raise _wrong([SettingsError(str(path), "is not text in UTF-8")]) from None


def _wrong(errors: list[SettingsError]) -> SettingsErrors:
    return SettingsErrors(tuple(errors))


def read(name: str, text: str) -> Mapping:
    """The mapping that a text says. Raises SettingsErrors."""
    try:
        told = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as why:
        raise _wrong([SettingsError(name, f"is not valid TOML: {why}")]) from None
    found = _Reading(name)
    made = found.mapping(told)
    if found.errors:
        raise _wrong(found.errors)
    return made


class _Reading:
    def __init__(self, name: str) -> None:
        self._name = name
        self.errors: list[SettingsError] = []

    def mapping(self, told: Table[str, object]) -> Mapping:
        known = {"signature", "event", "at", "each", "says_no", "when"}
        self._unknown("", told, known)
        signature = told.get("signature", "")
        if signature not in ("", *SIGNATURES):
            self._blame("signature", f"is one of {', '.join(SIGNATURES)}, or left out")
        whens = told.get("when")
        if not isinstance(whens, list) or not whens:
            self._blame("when", "is missing: write [[when]] and what to do then")
            whens = []
        return Mapping(
            name=self._name,
            signature=str(signature),
            event=self._source("event", told.get("event")),
            at=self._source("at", told.get("at")),
            each=self._flag(told, "each"),
            says_no=self._flag(told, "says_no"),
            whens=tuple(self._when(f"when[{n}].", one) for n, one in enumerate(whens, start=1)),
        )

    def _when(self, at: str, told: object) -> When:
        table = told if isinstance(told, dict) else {}
        self._unknown(at, table, {"does", "match", "present", "grace", *FIELDS})
        does = table.get("does")
        if not isinstance(does, str) or does not in NEEDS:
            self._blame(f"{at}does", f"is one of {', '.join(NEEDS)}")
            does = next(iter(NEEDS))
        fields = {f: self._source(f"{at}{f}", table[f]) for f in FIELDS if f in table}
        for needed in NEEDS[does]:
            if needed not in fields:
                self._blame(f"{at}{needed}", f"is missing, and `{does}` needs it")
        grace = seconds(table.get("grace", 0))
        if grace is None:
            self._blame(f"{at}grace", 'is a length of time like "3 days"')
        return When(
            does,
            tuple(self._match(at, table.get("match"))),
            self._source(f"{at}present", table.get("present")),
            fields,
            grace or timedelta(0),
        )

    def _match(self, at: str, told: object) -> list[tuple[PathInJson, frozenset[str]]]:
        if not isinstance(told, dict) or not told:
            self._blame(f"{at}match", 'is missing: what has to be said, { type = "ticket.closed" }')
            return []
        found = []
        for path, wanted in told.items():
            texts = wanted if isinstance(wanted, list) else [wanted]
            if not texts or not all(isinstance(t, str | int | bool) for t in texts):
                self._blame(f"{at}match.{path}", "is a text, or a list of texts")
                continue
            found.append((_path(path), frozenset(map(as_text, texts))))
        return found

    def _source(self, at: str, told: object) -> Source:
        ways = [] if told is None else told if isinstance(told, list) else [told]
        texts = [way for way in ways if isinstance(way, str) and way.strip()]
        if len(texts) != len(ways):
            self._blame(at, 'is a path like "data.object.id", or a list of paths')
        return tuple(tuple(map(_path, way.split(" + "))) for way in texts)

    def _flag(self, told: Table[str, object], name: str) -> bool:
        value = told.get(name, False)
        if not isinstance(value, bool):
            self._blame(name, "is true or false")
        return value is True

    def _unknown(self, at: str, told: Table[str, object], known: set[str]) -> None:
        for name in told:
            if name not in known:
                self._blame(f"{at}{name}", f"is no key of a mapping; there are {_listed(known)}")

    def _blame(self, key: str, problem: str) -> None:
        self.errors.append(SettingsError(self._name, f"{key} {problem}"))


def _listed(known: set[str]) -> str:
    return ", ".join(sorted(known))


def _path(text: str) -> PathInJson:
    return tuple(part.strip() for part in text.split("."))


def as_text(value: str | float) -> str:
    """A value of JSON as texts are compared: true is `true`, and 4 is `4`."""
    return str(value).lower() if isinstance(value, bool) else str(value)
