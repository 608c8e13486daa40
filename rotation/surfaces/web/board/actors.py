"""Who acts on the board: whoever is signed in with a token that has the right to.

On a board that only its own machine reaches, everybody there may look, and whoever acts signs in
all the same: the trail has to say who it was. `rotation run --dev` is the one exception, and every
page says so.
"""

import secrets
from dataclasses import dataclass

from starlette.requests import Request

from rotation.core.roster import Group
from rotation.ledger import Rights, Token
from rotation.surfaces.orders import By, Channel
from rotation.surfaces.web.board.filled import FORM as FIELD
from rotation.surfaces.web.board.filled import Filled, form_token, is_from_here, is_same, one

ACTOR = "rotation.actor"
"""In a request's scope once the door was passed: the Actor, or None for somebody who only looks."""
DEV = "dev"
_OF_THIS_PROCESS = secrets.token_hex(16)
"""In place of a session's secret where nobody signs in."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who may act. `form` is the token that each form of theirs has to carry.

    `token` is the number of the one they signed in with, 0 where nobody has to.
    """

    name: str
    rights: Rights
    teams: frozenset[str]
    form: str
    token: int = 0
    is_dev: bool = False

    def may(self, needs: Rights = Rights.OPERATOR, group: Group | None = None) -> bool:
        """Whether they have these rights, in this group or somewhere."""
        in_team = group is None or not self.teams or group.team in self.teams
        return self.rights.include(needs) and in_team

    @property
    def is_admin(self) -> bool:
        return self.may(Rights.ADMIN)

    def by(self, reason: str) -> By:
        """On whose word an order of theirs is given. Raises Wrong."""
        return By(self.name, reason, self.rights, Channel.BOARD, self.teams)

    def sent(self, filled: Filled, request: Request, named: str) -> bool:
        """Whether a form that was brought is one of ours, made for them."""
        return is_same(one(filled, FIELD), self.form) and is_from_here(request, named)


def dev() -> Actor:
    """Whoever gets there, where nobody has to sign in to act."""
    return Actor(DEV, Rights.ADMIN, frozenset(), form_token(_OF_THIS_PROCESS), is_dev=True)


def actor_of(token: Token | None, secret: str) -> Actor | None:
    """Whose token came with a request; None for somebody who is not signed in, and only looks."""
    if token is None:
        return None
    return Actor(token.name, token.rights, frozenset(token.teams), form_token(secret), token.id)


def actor(request: Request) -> Actor | None:
    """Who acts by a request that passed the door."""
    found = request.scope[ACTOR]
    return found if isinstance(found, Actor) else None
