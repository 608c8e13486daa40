"""Asking a rotation elsewhere: one exchange with its API, whole and in time, or a word why not.

The address is where the token goes, so it is the one that was named: no redirect is followed. It
may lie in a private network, for it is a person who names it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import httpx

from rotation.providers.deadline import MIB, DeadlineTransport, checked_url, in_words

DEADLINE: Final = 60.0
"""Seconds a whole exchange may last."""
LARGEST: Final = 64 * MIB


@dataclass(frozen=True, slots=True)
class Heard:
    """What the server answered; `told` is empty where that was no JSON object.

    With `why` nothing came that could be used, and those are words for whoever asked.
    """

    status: int
    told: Mapping[str, Any]
    why: str = ""


class Server:
    """A rotation elsewhere, by its address and a token."""

    def __init__(
        self, url: str, token: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        """Raises ValueError, in words, where the token must not be sent to such an address.

        `transport` takes the place of the network.
        """
        self._url = checked_url(url.rstrip("/"), "the server")
        self._headers = {"Authorization": f"Bearer {token}", "User-Agent": "rotation"}
        self._carrier = transport or DeadlineTransport(DEADLINE, private=True)

    def get(self, path: str, query: Sequence[tuple[str, str]]) -> Heard:
        """Never raises."""
        return self._heard(
            httpx.Request("GET", self._at(path), params=tuple(query), **self._more({}))
        )

    def post(self, path: str, body: Mapping[str, object], key: str) -> Heard:
        """The same of an order; `key` is its idempotency key, empty for none. Never raises."""
        headers = {"Idempotency-Key": key} if key else {}
        return self._heard(httpx.Request("POST", self._at(path), json=body, **self._more(headers)))

    def _at(self, path: str) -> httpx.URL:
        return self._url.copy_with(raw_path=self._url.raw_path.rstrip(b"/") + path.encode())

    def _more(self, headers: Mapping[str, str]) -> dict[str, Any]:
        return {"headers": {**self._headers, **headers}, "extensions": {"body_cap": LARGEST}}

    def _heard(self, request: httpx.Request) -> Heard:
        try:
            answer = self._carrier.handle_request(request)
            content = answer.read()
        except (httpx.HTTPError, OSError) as error:
            return Heard(0, {}, in_words(error))
        if answer.has_redirect_location:
            return Heard(0, {}, "it names another address, where nobody goes")
        try:
            told = json.loads(content)
        except (ValueError, RecursionError):
            told = None
        return Heard(answer.status_code, told if isinstance(told, dict) else {})
