"""A transport that asks a function instead of the network: for simulations of the real code."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import httpx


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as plain data; `target` is the path with its query."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Replied:
    status: int
    headers: Mapping[str, str]
    body: bytes


class InMemory(httpx.BaseTransport):
    """Hands every request to `reply`, which answers, or raises TimeoutError or ConnectionError."""

    def __init__(self, reply: Callable[[Asked], Replied]) -> None:
        self._reply = reply

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        asked = Asked(
            request.method,
            request.url.raw_path.decode("ascii"),
            dict(request.headers),
            request.read(),
        )
        try:
            replied = self._reply(asked)
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from None
        except ConnectionError as error:
            raise httpx.ReadError(str(error), request=request) from None
        return httpx.Response(replied.status, headers=dict(replied.headers), content=replied.body)
