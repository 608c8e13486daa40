"""Fetching a list that another system writes: one GET, whole and small enough, or a word why not.

The address is where the token goes, so it is the one that was set: no redirect is followed. What is
compressed could be anything when unpacked, so it is not asked for and not taken.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import httpx

from rotation.providers.deadline import MIB, DeadlineTransport, checked_url, in_words

DEADLINE: Final = 20.0
"""Seconds a whole exchange may last."""
LARGEST: Final = 4 * MIB


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was there, and the mark by which the server knows it again ("": it has none)."""

    content: bytes
    etag: str = ""


@dataclass(frozen=True, slots=True)
class Unchanged:
    """The server says that it is what we had."""


@dataclass(frozen=True, slots=True)
class Unfetched:
    """Nothing came that could be used, in words for an operator."""

    why: str


def fetch(
    url: str,
    token: str = "",
    etag: str = "",
    *,
    accept: str = "text/csv",
    transport: httpx.BaseTransport | None = None,
) -> Fetched | Unchanged | Unfetched:
    """What is at `url` now. Never raises; `transport` takes the place of the network."""
    try:
        target = checked_url(url, "the address")
    except ValueError as error:
        return Unfetched(str(error))
    headers = {"User-Agent": "rotation", "Accept": accept, "Accept-Encoding": "identity"}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    headers |= {"If-None-Match": etag} if etag else {}
    request = httpx.Request("GET", target, headers=headers, extensions={"body_cap": LARGEST})
    carrier = transport or DeadlineTransport(DEADLINE)
    try:
        answer = carrier.handle_request(request)
        return _taken(answer, b"".join(answer.iter_raw()), asked=bool(etag))
    except (httpx.HTTPError, OSError) as error:
        return Unfetched(in_words(error))
    finally:
        if transport is None:
            carrier.close()


def _taken(
    answer: httpx.Response, content: bytes, *, asked: bool
) -> Fetched | Unchanged | Unfetched:
    status, headers = answer.status_code, answer.headers
    if status == HTTPStatus.NOT_MODIFIED and asked:
        return Unchanged()
    if answer.has_redirect_location:
        return Unfetched(
            f"the server answered {status} and names another address, where nobody goes"
        )
    if status != HTTPStatus.OK:
        return Unfetched(f"the server answered {status}")
    if headers.get("content-encoding", "identity") != "identity":
        return Unfetched("the answer is compressed, which was not asked for")
    if "html" in headers.get("content-type", "") or content.lstrip().startswith(b"<"):
        return Unfetched("the answer is a web page")
    etag = headers.get("etag", "")
    return Fetched(content, etag if etag.isascii() and len(etag) < _LONGEST_MARK else "")


_LONGEST_MARK: Final = 200
