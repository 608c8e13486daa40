"""Secrets: handed out only on request, never by accident, and read again when their file changes.

A secret comes from a file or a systemd credential, second from the environment; never from a
command line, a roster, rotation.toml or the database. So everything but the secret itself may be
committed, shown and pasted into a ticket.
"""

import json
import re
import stat
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

from rotation.settings.errors import SettingsError, SettingsErrors

HIDDEN = "***"
LARGEST = 4096
SHORTEST_TO_SCRUB = 4


def one_line(text: str) -> str:
    """What any secret must be. Raises ValueError without repeating the text."""
    if not text:
        raise ValueError("is empty")
    if not text.isprintable():
        raise ValueError("has more than one line, or characters that can't be printed")
    return text


def header_safe(text: str) -> str:
    """A secret that travels in an HTTP header: printable ASCII, no spaces. Raises ValueError."""
    if not one_line(text).isascii() or " " in text:
        raise ValueError("has characters that can't be sent in a header")
    return text


def signing(text: str) -> str:
    """A key as Standard Webhooks writes it. Raises ValueError without repeating it."""
    try:
        key = b64decode(header_safe(text).removeprefix("whsec_"), validate=True)
    except ValueError:
        key = b""
    if not text.startswith("whsec_") or not 24 <= len(key) <= 64:  # noqa: PLR2004 - the standard's
        raise ValueError("is no `whsec_` and then 24 to 64 bytes in base64")
    return text


def addresses(text: str) -> str:
    """One or several addresses as Apprise writes them, in lines or words. Raises ValueError."""
    words = text.split()
    if not words or not all(re.match(r"[a-z0-9+.-]+://\S", word, re.IGNORECASE) for word in words):
        raise ValueError("is not made of addresses like mailto://user:password@example.com")
    return one_line(" ".join(words))


class Secret:
    """A text that only `reveal` shows; `str`, `repr` and formatting give `***`.

    One from a file is read again whenever the file's change time, size or identity is another,
    so a rotated token takes effect at the next call. If the new content can't be read or is no
    secret (a file being replaced), the last good value stays.
    """

    __slots__ = ("_check", "_known", "_missing", "_path", "_stamp", "key", "place")

    def __init__(self, key: str, place: str, check: Callable[[str], str] = one_line) -> None:
        """`key` is the setting it is for, `place` where an operator said what it is.

        Use `of`, `at` or `missing`.
        """
        self.key = key
        self.place = place
        self._check = check
        self._path: Path | None = None
        self._known: tuple[str, ...] = ()
        self._missing = ""
        self._stamp: tuple[int, ...] | None = None

    @classmethod
    def of(
        cls, text: str, key: str, place: str, check: Callable[[str], str] = one_line
    ) -> "Secret":
        """The secret that is `text`. Raises ValueError, without it, if `check` does."""
        made = cls(key, place, check)
        made._known = (check(text.strip()),)
        return made

    @classmethod
    def at(
        cls, path: Path, key: str, place: str, check: Callable[[str], str] = one_line
    ) -> "Secret":
        """The secret in the file at `path`, which is not looked at yet."""
        made = cls(key, place, check)
        made._path = path
        return made

    @classmethod
    def missing(cls, key: str, place: str, how_to_give: str) -> "Secret":
        """A secret nobody gave. Asking for it says how to."""
        made = cls(key, place)
        made._missing = f"is missing; {how_to_give}"
        return made

    def reveal(self) -> str:
        """The secret as it is now. Raises SettingsErrors if it never could be had."""
        problem = self.problem()
        if problem is not None and not self._known:
            raise SettingsErrors((problem,))
        return self._known[-1]

    def problem(self) -> SettingsError | None:
        """Why the secret can't be had right now, or None when it can."""
        try:
            self._look_again()
        except ValueError as why:
            return SettingsError(self.place, f"{self.key} {why}")
        return None

    def exposure(self) -> str | None:
        """What others on this machine may do with the secret's file, or None."""
        return None if self._path is None else exposure(self._path, reading_matters=True)

    def scrub(self, text: str) -> str:
        """`text` with `***` for each value this secret ever had, also as URLs and JSON write it."""
        for value in self._known:
            for written in sorted(spellings(value), key=len, reverse=True):
                text = text.replace(written, HIDDEN)
        return text

    @property
    def shown(self) -> str:
        """What an operator may be shown: of a URL its host, of anything else nothing."""
        self.problem()  # looks at the file, if there is one
        known = self._known[-1] if self._known else ""
        host = urlsplit(known).hostname if known.startswith("https://") else None
        return f"https://{host}/{HIDDEN}" if host else HIDDEN

    @property
    def source(self) -> str:
        """Where it comes from, in words."""
        return self.place if self._path is None else f"{self._path} ({self.place})"

    def _look_again(self) -> None:
        if self._path is None:
            if not self._known:
                raise ValueError(self._missing)
            return
        stamp = stamp_of(self._path)
        if stamp == self._stamp:
            return
        value = self._check_content(self._path)
        if value not in self._known[-1:]:
            self._known = (*self._known, value)
        self._stamp = stamp

    def _check_content(self, path: Path) -> str:
        text = content(path)
        try:
            return self._check(text)
        except ValueError as why:
            raise ValueError(f"can't be taken from {path}, which {why}") from None

    def __repr__(self) -> str:
        return HIDDEN

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(HIDDEN, spec)

    def __eq__(self, other: object) -> bool:
        """Whether a reload changed nothing: the same file, the same value."""
        if not isinstance(other, Secret):
            return NotImplemented
        return (self.key, self._path, self._known[-1:]) == (
            *(other.key, other._path, other._known[-1:]),
        )

    def __hash__(self) -> int:
        return hash((self.key, self._path))

    def __deepcopy__(self, memo: object) -> "Secret":
        return self

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a secret is not written down")


def spellings(value: str) -> set[str]:
    """How `value` may turn up in text; nothing for one too short to be told from ordinary text."""
    parts = urlsplit(value) if value.startswith("https://") else None
    path = f"{parts.path}?{parts.query}".rstrip("?/") if parts else ""
    forms = {value, path, quote(value, safe=""), quote(value), json.dumps(value)[1:-1]}
    return {form for form in forms if len(form) >= SHORTEST_TO_SCRUB}


def stamp_of(path: Path) -> tuple[int, ...]:
    """What tells one content of a file from the next. Raises ValueError if it is no file."""
    try:
        seen = path.stat()
    except OSError as why:
        raise ValueError(f"can't be read from {path}: {reason(why)}") from None
    if not stat.S_ISREG(seen.st_mode):
        raise ValueError(f"can't be read from {path}: it is not a file")
    return (seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino, seen.st_size)


def content(path: Path) -> str:
    """The text of a secret's file without the line end an editor adds. Raises ValueError."""
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as why:
        raise ValueError(f"can't be read from {path}: {reason(why)}") from None
    if len(raw) > LARGEST:
        raise ValueError(f"can't be {path}, which is larger than {LARGEST} bytes")
    try:
        return raw.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        raise ValueError(f"can't be {path}, which is not text in UTF-8") from None


def reason(why: OSError) -> str:
    """An operating system's refusal in its own short words."""
    text = why.strerror or str(why)
    return text[:1].lower() + text[1:]


def is_there(path: Path) -> bool:
    """Whether anything is at `path`; also if that can't be told, for reading will say why."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def exposure(path: Path, *, reading_matters: bool) -> str | None:
    """What a file's mode lets others do that they should not, as a sentence; None if nothing."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return None
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        return f"{path} can be changed by others (mode {mode:04o}): chmod 600 {path}"
    if reading_matters and mode & stat.S_IROTH:
        return f"{path} can be read by others (mode {mode:04o}): chmod 600 {path}"
    return None
