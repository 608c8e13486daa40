"""Idempotency keys: the same request with the same key is answered the same, and done once.

A key is its token's alone. What was asked is kept as a digest that the token's secret goes into,
so that nobody who reads the ledger can try what it was.
"""

import hashlib
import hmac
import re
from datetime import datetime

from rotation.ledger import Books, Reply, Token
from rotation.surfaces.web.api.problems import Said, Trouble

KEY = re.compile(r"[\x21-\x7e]{1,200}", re.ASCII)
_AGAIN = {"retry-after": "1"}


def key_of(told: str | None) -> str | None:
    """The key that came with a request. Raises Said."""
    if told is not None and not KEY.fullmatch(told):
        raise Said(
            Trouble.MALFORMED, "the idempotency key is none",
            "Send 1 to 200 signs of ASCII without spaces, as of a UUID",
        )  # fmt: skip
    return told


def asked(secret: str, order: str, body: bytes) -> str:
    """A digest of what is asked for."""
    return hmac.new(secret.encode(), f"{order}\n".encode() + body, hashlib.sha256).hexdigest()


def begin(books: Books, token: Token, key: str, digest: str, now: datetime) -> Reply | None:
    """What was answered to the same request before; else the key is ours from now on.

    Raises Said where the key was used for something else, or its request is still under way.
    """
    known = books.replies.begin(token.id, key, digest, now)
    if known is None:
        return None
    if known.digest != digest:
        raise Said(
            Trouble.KEY_REUSED, "this idempotency key was used for another request",
            "Take a new key for each thing you ask for",
        )  # fmt: skip
    if known.status is None:
        raise Said(
            Trouble.KEY_IN_USE, "the request with this key is still under way",
            "Ask again in a second", headers=_AGAIN,
        )  # fmt: skip
    return known
