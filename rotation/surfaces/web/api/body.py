"""The body of a request: JSON, not too much of it, and in time."""

import asyncio
import json
from typing import Any, NoReturn

from starlette.requests import ClientDisconnect, Request

from rotation.surfaces.orders import AnyOrder, fields_of
from rotation.surfaces.orders.asking import longest
from rotation.surfaces.web.api.problems import Said, Trouble

PATIENCE = 10.0
"""Seconds that a body may take to arrive."""
LARGEST = 512 * 1024
"""Bytes, unless an order asks for more: a piece of a roster is long."""
_DEEPEST = 8
"""How deep lists and objects may stand in each other; ours stand two deep."""


def largest(order: AnyOrder) -> int:
    """Bytes that what the order asks for may have."""
    return max(LARGEST, 2 * sum(longest(one.kind) for one in fields_of(order) if not one.many))


async def body_of(request: Request, most: int = LARGEST) -> bytes:
    """The whole body, of so many bytes at most. Raises Said."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        shown = kind if kind.isascii() and kind.isprintable() else ""
        raise Said(
            Trouble.NOT_JSON, f"the body is {shown[:80] or 'of no kind'}, not JSON",
            "Send content-type: application/json",
        )  # fmt: skip
    try:
        async with asyncio.timeout(PATIENCE):
            return await _whole(request, most)
    except (TimeoutError, ClientDisconnect):
        raise Said(Trouble.TOO_SLOW, f"the body took more than {PATIENCE:.0f} seconds") from None


async def _whole(request: Request, most: int) -> bytes:
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise Said(Trouble.TOO_LARGE, f"the body has more than {most} bytes")
    return bytes(body)


def parsed(body: bytes) -> dict[str, Any]:
    """The object that the body is. Raises Said."""
    try:
        found = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as why:
        raise _unreadable(str(why) if isinstance(why, _TwiceError) else "it is no JSON") from None
    if not isinstance(found, dict):
        raise _unreadable("it is no JSON object")
    if not _is_plain(found, _DEEPEST):
        raise _unreadable("it is too deep, or has text in it that is none")
    return found


class _TwiceError(ValueError):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError("it says the same name twice")
    return found


def _no_number(word: str) -> NoReturn:
    raise ValueError(word)


def _is_plain(value: object, deep: int) -> bool:
    """Whether it can be kept: no half signs of Unicode, and not too deep."""
    match value:
        case str():
            return not any("\ud800" <= sign <= "\udfff" for sign in value)
        case dict():
            parts = [*value.keys(), *value.values()]
            return deep > 0 and all(_is_plain(part, deep - 1) for part in parts)
        case list():
            return deep > 0 and all(_is_plain(part, deep - 1) for part in value)
        case _:
            return True


def _unreadable(why: str) -> Said:
    return Said(Trouble.MALFORMED, f"the body cannot be read: {why}", "Send one JSON object")
