"""Who may ask the API: whoever brings a good token as `Authorization: Bearer`, and nobody else.

A cookie opens nothing here, so that no page elsewhere can have a browser ask. Too many wrong tokens
from an address are answered with 429; good ones pass all the same, since behind a proxy all have
one address, and nobody is to shut the others out.
"""

from datetime import datetime

import structlog
from starlette.requests import Request

from rotation.ledger import Books, Rights, Token
from rotation.surfaces.web.api.problems import Said, Trouble
from rotation.surfaces.web.board.sign_in import Throttle

log = structlog.get_logger("rotation.web")

_BEARER = {"www-authenticate": "Bearer"}


class Gate:
    """Knows good tokens; its throttle is shared by all who come."""

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle

    def token(self, books: Books, request: Request, now: datetime) -> Token:
        """Whose token comes with the request. Raises Said."""
        secret = shown_by(request)
        if not secret:
            raise Said(
                Trouble.NO_TOKEN, "no token came with the request",
                "Send Authorization: Bearer TOKEN; `rotation token create` makes one",
                headers=_BEARER,
            )  # fmt: skip
        found = books.tokens.find(secret, now)
        if found is not None:
            return found
        address = request.client.host if request.client else ""
        if self._throttle.is_shut(address):
            wait = {"retry-after": "60"}
            raise Said(Trouble.TOO_MANY, "too many wrong tokens", "Wait a minute", headers=wait)
        self._throttle.was_wrong(address)
        log.warning("somebody came to the API with a token that is not good", address=address)
        raise Said(
            Trouble.NO_TOKEN, "the token is not known, has ended, or was revoked", headers=_BEARER
        )


def require(token: Token, needs: Rights) -> None:
    """Raises Said unless the token's rights are enough."""
    if not token.rights.include(needs):
        raise Said(
            Trouble.NOT_ALLOWED, f"it needs the role {needs}, and the token is a {token.rights}'s",
            "Ask somebody who has it",
        )  # fmt: skip


def shown_by(request: Request) -> str:
    """The token that comes with a request, good or not; no cookie is one here."""
    kind, _, told = request.headers.get("authorization", "").partition(" ")
    return told.strip() if kind.lower() == "bearer" else ""
