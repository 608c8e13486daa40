"""Telling someone outside: alerts and events posted to URLs, a sign of life to a dead man's switch.

The URLs hold secrets (their paths do), so they are never part of what is told or raised. One
request each, with a real deadline, no redirects and no proxies; see `deadline`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import httpx

from rotation.core.outcome import Accepted, InDoubt
from rotation.providers.deadline import DeadlineTransport, checked_url, in_words

DEADLINE: Final = 10.0
"""Seconds a whole exchange may last."""
LONGEST_ALERT: Final = 4000
"""Characters of an alert; chat services refuse or cut longer ones."""


def ping(url: str, *, transport: httpx.BaseTransport | None = None) -> Accepted | InDoubt:
    """Say that we are alive. Never raises; `transport` takes the place of the network."""
    return _sent("GET", url, None, transport)


def post_alert(
    url: str, text: str, *, transport: httpx.BaseTransport | None = None
) -> Accepted | InDoubt:
    """Post `text` as `{"text": ...}`, what Slack, Mattermost and Google Chat hooks read.

    Never raises; `transport` takes the place of the network.
    """
    sendable = text.encode("utf-8", "replace").decode()
    return _sent("POST", url, {"text": sendable[:LONGEST_ALERT]}, transport)


def post_event(
    url: str,
    headers: Mapping[str, str],
    body: bytes,
    *,
    transport: httpx.BaseTransport | None = None,
) -> Accepted | InDoubt:
    """Post an event, signed by its headers. Never raises; `transport` as above."""
    return _sent("POST", url, None, transport, headers, body)


def _sent(
    method: str,
    url: str,
    json: dict[str, str] | None,
    transport: httpx.BaseTransport | None,
    headers: Mapping[str, str] = MappingProxyType({}),
    content: bytes | None = None,
) -> Accepted | InDoubt:
    try:
        target, sent = checked_url(url, "the URL"), {"User-Agent": "rotation", **headers}
        request = httpx.Request(method, target, headers=sent, json=json, content=content)
    except ValueError as error:
        return InDoubt(str(error))
    carrier = transport or DeadlineTransport(DEADLINE)
    try:
        answer = carrier.handle_request(request)
        status = answer.status_code
        answer.close()
    except (httpx.HTTPError, OSError) as error:
        return InDoubt(in_words(error))
    finally:
        if transport is None:
            carrier.close()
    if status not in range(200, 300):
        return InDoubt(f"the server answered {status}")
    return Accepted(str(status))
