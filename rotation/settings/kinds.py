"""What a setting may be: one small class per kind of value, each able to say so in words."""

import re
import shlex
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import ClassVar, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Written:
    """A value as somebody wrote it at `place`; relative paths in it start from `base`."""

    value: object
    base: Path
    place: str


class Kind(ABC, Generic[T]):
    """A kind of value; `says` ends the sentence "it may be ...".

    A wrong value is repeated to the operator only if its kind is `quotable`.
    """

    quotable: ClassVar[bool] = True

    @property
    @abstractmethod
    def says(self) -> str: ...

    @abstractmethod
    def read(self, written: Written) -> T:
        """The value meant. Raises ValueError, with a text if there is more to say than `says`."""

    def spelled(self, text: str) -> object:
        """What an environment variable's text would be in a file."""
        return text

    def show(self, value: T) -> str:
        return str(value)


@dataclass(frozen=True)
class Choice(Kind[str]):
    options: tuple[str, ...]

    @property
    def says(self) -> str:
        return " or ".join(f'"{option}"' for option in self.options)

    def read(self, written: Written) -> str:
        value = written.value
        if isinstance(value, str) and value in self.options:
            return value
        raise ValueError


@dataclass(frozen=True)
class Whole(Kind[int]):
    low: int
    high: int

    @property
    def says(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def read(self, written: Written) -> int:
        value = written.value
        if (
            isinstance(value, int)
            and not isinstance(value, bool)
            and self.low <= value <= self.high
        ):
            return value
        raise ValueError

    def spelled(self, text: str) -> object:
        return whole(text)


SECONDS = {"s": 1, "sec": 1, "min": 60, "h": 3600, "day": 86400, "days": 86400}
LONGEST = 10**6
LENGTH = re.compile(r"([0-9]{1,6})\s*(s|sec|min|h|days?)")


@dataclass(frozen=True)
class Length(Kind[timedelta]):
    """A length of time: `"15 min"`, or a whole number of seconds."""

    low: timedelta
    high: timedelta

    @property
    def says(self) -> str:
        return f'a length of time like "{length(self.low)}", up to {length(self.high)}'

    def read(self, written: Written) -> timedelta:
        found = seconds(written.value)
        if found is None or not self.low <= found <= self.high:
            raise ValueError
        return found

    def spelled(self, text: str) -> object:
        return whole(text)

    def show(self, value: timedelta) -> str:
        return length(value)


@dataclass(frozen=True)
class Word(Kind[str]):
    """A short text without spaces, of the characters ids are made of."""

    what: str

    @property
    def says(self) -> str:
        return self.what

    def read(self, written: Written) -> str:
        value = written.value
        if isinstance(value, str) and re.fullmatch(r"[A-Za-z0-9._\-]{1,64}", value):
            return value
        raise ValueError


@dataclass(frozen=True)
class Zone(Kind[str]):
    """A time zone, by its name."""

    @property
    def says(self) -> str:
        return 'a time zone like "Europe/Lisbon"'

    def read(self, written: Written) -> str:
        from rotation.zone_data import why_not

        value = written.value
        refused = why_not(value) if isinstance(value, str) else ""
        if refused is None and isinstance(value, str):
            return value
        raise ValueError(refused)


@dataclass(frozen=True)
class Folder(Kind[Path]):
    """A path; `~` is the home folder, a relative one starts from where it is written."""

    @property
    def says(self) -> str:
        return "the path of a folder"

    def read(self, written: Written) -> Path:
        return path_of(written)


@dataclass(frozen=True)
class Command(Kind[tuple[str, ...]]):
    """A program and its arguments, which no shell ever sees.

    In an environment variable it is split into words the way a shell would, nothing expanded.
    """

    @property
    def says(self) -> str:
        return 'a list of texts: ["/usr/bin/notify", "--to", "ops"]'

    def read(self, written: Written) -> tuple[str, ...]:
        value = written.value
        if not isinstance(value, list) or not value:
            raise ValueError
        if not all(isinstance(word, str) and "\0" not in word for word in value) or not value[0]:
            raise ValueError
        return tuple(value)

    def spelled(self, text: str) -> object:
        try:
            return shlex.split(text)
        except ValueError:
            return text

    def show(self, value: tuple[str, ...]) -> str:
        return shlex.join(value)


@dataclass(frozen=True)
class ChatName(Kind[str]):
    """A group as the chat itself calls it."""

    @property
    def says(self) -> str:
        return 'a group as WhatsApp calls it, like "120363041234567890@g.us"'

    def read(self, written: Written) -> str:
        value = written.value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{5,20}(-[0-9]{5,20})?@g\.us", value):
            return value
        raise ValueError


@dataclass(frozen=True)
class Names(Kind[tuple[str, ...]]):
    """Names of `what`, as the roster calls them."""

    what: str = "people"
    example: str = "mara"

    @property
    def says(self) -> str:
        return f'a list of {self.what} as the roster calls them: ["{self.example}"]'

    def read(self, written: Written) -> tuple[str, ...]:
        value = written.value
        if isinstance(value, list) and all(isinstance(v, str) and v.strip() for v in value):
            return tuple(value)
        raise ValueError

    def spelled(self, text: str) -> object:
        return text.replace(",", " ").split()

    def show(self, value: tuple[str, ...]) -> str:
        return ", ".join(value)


@dataclass(frozen=True)
class NameOrFile(Kind["str | Path"]):
    """Something by its name, or a file: whatever has a dot or a slash in it."""

    @property
    def says(self) -> str:
        return 'a name like "stripe", or the path of a file like "mappings/ours.toml"'

    def read(self, written: Written) -> str | Path:
        value = written.value
        if isinstance(value, str) and re.fullmatch(r"[a-z0-9_-]{1,64}", value):
            return value
        if isinstance(value, str) and ("/" in value or "." in value):
            return path_of(written)
        raise ValueError


@dataclass(frozen=True)
class Texts(Kind[Mapping[str, str]]):
    """A table of texts by other texts."""

    @property
    def says(self) -> str:
        return 'a table of texts in the file: { "price_1" = "acme-vip" }'

    def read(self, written: Written) -> Mapping[str, str]:
        value = written.value
        if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
            raise ValueError
        return MappingProxyType({str(k): v for k, v in value.items()})

    def show(self, value: Mapping[str, str]) -> str:
        return f"{len(value)} named" if value else ""


def whole(text: str) -> object:
    """The number that `text` writes, or `text` itself."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text.strip()) else text


def path_of(written: Written) -> Path:
    """The absolute path that is meant. Raises ValueError."""
    value = written.value
    if not isinstance(value, str) or not value or "\0" in value:
        raise ValueError
    try:
        named = Path(value).expanduser()
    except RuntimeError:
        raise ValueError("that user has no home folder") from None
    return (written.base / named).absolute()


def seconds(value: object) -> timedelta | None:
    """The length of time that a number of seconds or a text like `15 min` writes, if it does."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LONGEST:
        return timedelta(seconds=value)
    found = LENGTH.fullmatch(value.strip()) if isinstance(value, str) else None
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]]) if found else None


def length(value: timedelta) -> str:
    """A length of time as people write it."""
    total = int(value.total_seconds())
    if total >= 2 * SECONDS["days"] and total % SECONDS["days"] == 0:
        return f"{total // SECONDS['days']} days"
    for unit, size in (("h", 3600), ("min", 60)):
        if total and total % size == 0:
            return f"{total // size} {unit}"
    return f"{total} s"
