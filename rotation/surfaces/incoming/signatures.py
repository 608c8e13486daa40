"""Whether a webhook is authentic, by the way its sender signs, and not an old one sent again.

Every comparison is made in constant time and with each of at most two secrets. A signature covers
the instant it was made at, and one from more than five minutes away is refused: whoever listened
once cannot send it again tomorrow. Within these minutes the name of the event tells.
"""

import hashlib
import hmac
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from rotation.settings import Hook

TOLERANCE = timedelta(minutes=5)
ADDRESS = "address"
_COUNT = re.compile(r"[0-9]{1,14}", re.ASCII)
_MILLISECONDS_FROM = 10**11


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it came: header names in small letters, the body's very bytes.

    `key` is what follows in the address; `url` is the whole of it, as the world calls it.
    """

    headers: Mapping[str, str]
    body: bytes
    key: str | None
    url: str

    def header(self, name: str) -> str:
        return self.headers.get(name, "")


def is_authentic(hook: Hook, scheme: str, sent: Sent, now: datetime) -> bool:
    """Whether it is from whom it says; `scheme` is how the sender signs, or `address`."""
    found = False
    for secret in _revealed(hook):
        if scheme == ADDRESS:
            found |= _same(address_key(secret, hook.name), sent.key or "")
        else:
            found |= _SCHEMES[scheme](secret, sent, now)
    return found


def address_key(secret: str, hook: str) -> str:
    """The last part of a secret address: 160 bits, made of the secret."""
    text = f"rotation hook {hook}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()[:40]


def _revealed(hook: Hook) -> Iterator[str]:
    for secret in hook.secrets:
        with suppress(Exception):  # one that cannot be read now opens nothing
            yield secret.reveal()


def _same(right: str, given: str) -> bool:
    return hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))


def _is_now(stamp: str, now: datetime) -> bool:
    if not _COUNT.fullmatch(stamp):
        return False
    count = int(stamp)
    at = datetime.fromtimestamp(count / 1000 if count > _MILLISECONDS_FROM else count, UTC)
    return abs(now - at) <= TOLERANCE


def _made(key: bytes, *parts: bytes) -> bytes:
    return hmac.new(key, b"".join(parts), hashlib.sha256).digest()


def _in_base64(key: bytes, *parts: bytes) -> str:
    return b64encode(_made(key, *parts)).decode()


def _standard(secret: str, sent: Sent, now: datetime) -> bool:
    name, stamp = sent.header("webhook-id"), sent.header("webhook-timestamp")
    try:
        key = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        return False
    signed = f"{name}.{stamp}.".encode("utf-8", "replace")
    right = f"v1,{_in_base64(key, signed, sent.body)}"
    given = sent.header("webhook-signature").split()[:_MOST]
    return any(_same(right, one) for one in given) and bool(name) and _is_now(stamp, now)


def _stripe(secret: str, sent: Sent, now: datetime) -> bool:
    pairs = [p.strip().partition("=") for p in sent.header("stripe-signature").split(",")[:_MOST]]
    stamp = next((value for name, _, value in pairs if name == "t"), "")
    right = _made(secret.encode(), stamp.encode("utf-8", "replace"), b".", sent.body).hex()
    given = [value for name, _, value in pairs if name == "v1"]
    return any(_same(right, one) for one in given) and _is_now(stamp, now)


def _zendesk(secret: str, sent: Sent, now: datetime) -> bool:
    stamp = sent.header("x-zendesk-webhook-signature-timestamp")
    right = _in_base64(secret.encode(), stamp.encode("utf-8", "replace"), sent.body)
    if not _same(right, sent.header("x-zendesk-webhook-signature")):
        return False
    try:
        at = datetime.fromisoformat(stamp)
    except ValueError:
        return False
    return at.tzinfo is not None and abs(now - at) <= TOLERANCE


def _hubspot(secret: str, sent: Sent, now: datetime) -> bool:
    stamp, url = sent.header("x-hubspot-request-timestamp"), sent.url
    right = _in_base64(
        secret.encode(), b"POST", url.encode(), sent.body, stamp.encode("utf-8", "replace")
    )
    return _same(right, sent.header("x-hubspot-signature-v3")) and _is_now(stamp, now)


_MOST: Final = 20
"""Parts of a header that are looked at."""
_SCHEMES: Final[Mapping[str, Callable[[str, Sent, datetime], bool]]] = {
    "standard": _standard,
    "stripe": _stripe,
    "zendesk": _zendesk,
    "hubspot": _hubspot,
}
