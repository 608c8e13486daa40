"""JSON from someone we do not trust: parsed strictly, and never an exception."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NoReturn, TypeAlias

Json: TypeAlias = bool | int | float | str | Sequence["Json"] | Mapping[str, "Json"] | None
Object: TypeAlias = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Garbled:
    """A body that is not JSON we believe, and why, in our own words."""

    why: str
    text: str = ""
    is_web_page: bool = False


EXCERPT: Final = 4096
"""Characters kept of a body that is not JSON, to look for words in."""


def parsed(body: bytes) -> Json | Garbled:
    """`body` as JSON. NaN, a key given twice, bad UTF-8 and absurd depth are not believed."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return Garbled("the answer is not text")
    if not text.strip():
        return Garbled("the answer is empty")
    try:
        value: Json = json.loads(text, parse_constant=_refused, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        if _WEB_PAGE.match(text):
            return Garbled("the answer is a web page, not JSON", is_web_page=True)
        return Garbled("the answer is text, not JSON", text[:EXCERPT])
    return value


DEEPEST: Final = 100
"""How deep a body may be that somebody else's words can be in."""
_IN_QUOTES = re.compile(rb'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BRACKETS = re.compile(rb"[\[\]{}]")


def is_too_deep(body: bytes) -> bool:
    """Whether reading `body` as JSON would go very deep: told without going there.

    At the edge of the stack other people's clean-up fails too, so nobody is let that far.
    """
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    depth = 0
    for found in _BRACKETS.finditer(_IN_QUOTES.sub(b"", body)):
        depth += 1 if found[0] in b"[{" else -1
        if depth > DEEPEST:
            return True
    return False


_WEB_PAGE = re.compile(r"\s*<(?:!doctype html|html|head|body)\b", re.IGNORECASE)


def _refused(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unique(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key twice")
    return found


def objects(value: Json) -> Object | None:
    return value if isinstance(value, Mapping) else None


def items(value: Json) -> Sequence[Json] | None:
    """A list, also one that was written as an object keyed by index, whole and in any order."""
    if isinstance(value, Mapping) and value and set(value) == {str(n) for n in range(len(value))}:
        return [value[str(n)] for n in range(len(value))]
    if isinstance(value, Sequence) and not isinstance(value, str):
        return value
    return None
