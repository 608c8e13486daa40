"""Nothing leaks: what may be told of an exchange, without secrets and without whole numbers."""

import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import quote, unquote

from rotation.providers.wawp.strict_json import Json

DETAIL: Final = 200
"""The longest detail, in characters."""
BODY: Final = 800
"""The longest body shown in a transcript, in characters."""

_LOOKED_AT = 8192
_WINDOW = 6
_DIGITS = re.compile(r"\d(?:[\s().+\-]{0,2}\d){4,}")
_OPAQUE = re.compile(r"[A-Za-z0-9_\-+/=~%]{20,}")
_ID = re.compile(r"[0-9.:+-]{1,40}(?:@[a-z.]{1,20})?")
_CODES = frozenset({"status", "code", "event", "engine", "role", "admin", "type", "server"})
_WORDS = frozenset({"message", "error", "reason", "detail", "msg"})
_SECRET_KEYS = frozenset({"access_token", "instance_id", "token", "api_key"})
_SHORT_NUMBER = 10_000  # below it, a number is nobody's
_SHOWN_KEYS, _SHOWN_ITEMS, _SHOWN_DEPTH = 16, 3, 5


def tidy(text: str, limit: int) -> str:
    """`text` on one line, without control, formatting or broken characters, cut to `limit`."""
    kept = (c if unicodedata.category(c)[0] != "C" else " " for c in text if not _is_hidden(c))
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _is_hidden(character: str) -> bool:
    return unicodedata.category(character) == "Cf"


class Redaction:
    """Knows the secrets of one exchange and takes them out of whatever is shown of it.

    Also a *part* of a secret goes: servers like to quote the first half of a wrong token.
    """

    __slots__ = ("_parts",)

    def __init__(self, *secrets: str) -> None:
        forms = {f for s in secrets if s for f in (s, quote(s, safe=""), json.dumps(s)[1:-1])}
        self._parts = frozenset(
            form[at : at + _WINDOW].lower()
            for form in forms
            for at in range(max(1, len(form) - _WINDOW + 1))
        )

    def text(self, text: str, limit: int = DETAIL) -> str:
        """One line of at most `limit` characters; numbers show their last three digits."""
        line = self._without_secrets(tidy(text[:_LOOKED_AT], _LOOKED_AT))
        line = _OPAQUE.sub(_opaque, line)
        line = _DIGITS.sub(lambda found: "…" + found.group()[-3:], line)
        return tidy(line, limit)

    def path(self, path: str) -> str:
        """A path, each of its segments for itself."""
        return "/".join(self.text(segment, 60) for segment in path.split("/"))

    def body(self, value: Json) -> str:
        """The shape of a JSON body: keys, codes, masked ids and a server's words, but no names."""
        shown = json.dumps(self._outline(value, "", 0), ensure_ascii=False)
        return tidy(self._without_secrets(shown[:_LOOKED_AT]), BODY)

    def _without_secrets(self, line: str) -> str:
        lower = line.lower()
        if len(lower) != len(line):  # a few capitals grow when lowered: compare what is shown
            line = lower
        hidden = self._hidden(lower)
        for found in _DIGITS.finditer(line):
            if any(hidden[found.start() : found.end()]):  # or half a number would stay readable
                hidden[found.start() : found.end()] = [True] * (found.end() - found.start())
        pieces = [
            ("***" if at == 0 or not hidden[at - 1] else "") if hidden[at] else line[at]
            for at in range(len(line))
        ]
        return "".join(pieces)

    def _hidden(self, lower: str) -> list[bool]:
        """For each character, whether it belongs to a piece of a secret."""
        hidden = [False] * len(lower)
        for size in {len(part) for part in self._parts}:
            for at in range(len(lower) - size + 1):
                if lower[at : at + size] in self._parts:
                    hidden[at : at + size] = [True] * size
        return hidden

    def _outline(self, value: Json, key: str, depth: int) -> Json:
        if depth > _SHOWN_DEPTH:
            return "…"
        match value:
            case None | bool():
                return value
            case str():
                return self._word(value, key)
            case int() | float():
                return value if abs(value) < _SHORT_NUMBER else self.text(repr(value), 40)
            case Mapping():
                shown = list(value.items())[:_SHOWN_KEYS]
                return {self.text(k, 60): self._outline(v, k, depth + 1) for k, v in shown}
            case Sequence():
                shown_items = [self._outline(v, key, depth + 1) for v in value[:_SHOWN_ITEMS]]
                more = len(value) - _SHOWN_ITEMS
                return [*shown_items, f"… {more} more"] if more > 0 else shown_items

    def _word(self, value: str, key: str) -> str:
        if key.lower() in _SECRET_KEYS:
            return "***"
        is_plain = key.lower() in _CODES | _WORDS or _ID.fullmatch(value) is not None
        return self.text(value) if is_plain else f"text of {len(value)} characters"


def _opaque(found: re.Match[str]) -> str:
    word = found.group()
    return "***" if any(c.isdigit() for c in unquote(word)) else word
