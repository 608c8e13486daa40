"""One thing the doctor looked at: what was found there, and what to do about it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

APART, FAR_APART = timedelta(seconds=10), timedelta(seconds=60)
"""Clocks this far apart are remarked on; beyond the second, removals are held."""


class Level(StrEnum):
    """How serious it is. Only BAD keeps rotation from doing its work."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """`name` says what was looked at; `what_to_do` is empty where nothing needs doing."""

    name: str
    level: Level
    found: str
    what_to_do: str = ""


def ok(name: str, found: str) -> Check:
    return Check(name, Level.OK, found)


def warn(name: str, found: str, what_to_do: str = "") -> Check:
    return Check(name, Level.WARN, found, what_to_do)


def bad(name: str, found: str, what_to_do: str = "") -> Check:
    return Check(name, Level.BAD, found, what_to_do)
