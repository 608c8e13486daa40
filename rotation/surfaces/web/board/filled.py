"""What a form brings, and whether a page of ours sent it.

Three things have to be right: a browser that says where a request comes from says that it is ours,
the cookie is one that no other site's page can have sent along, and the form carries a token that
only a page made for this very session has.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.requests import Request

Filled: TypeAlias = Mapping[str, Sequence[str]]
"""The values of each field of a form."""
FORM = "form"
"""The field with the form's token."""
MOST_FIELDS = 400


def is_from_here(request: Request, named: str) -> bool:
    """Whether a browser says that one of our own pages sent this; programs say nothing.

    `named` is how the world calls us: what a proxy before us calls us need not be that.
    """
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    ours = {named, request.headers.get("host")} - {""}
    return origin is None or origin.partition("://")[2] in ours


def form_token(secret: str) -> str:
    """What every form of a session carries; nobody has it who has not the session's secret."""
    return hmac.new(secret.encode(), b"a form of rotation", hashlib.sha256).hexdigest()


def is_same(told: str, ours: str) -> bool:
    return bool(ours) and hmac.compare_digest(told.encode(), ours.encode())


async def read(request: Request, most: int) -> Filled:
    """What a form brings; nothing where it has more bytes than `most`, or is no form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > most:
            return {}
    try:
        return parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        return {}


def one(filled: Filled, name: str, otherwise: str = "") -> str:
    """The first value of a field."""
    values = filled.get(name, ())
    return values[0] if values else otherwise
