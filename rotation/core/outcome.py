"""How a call to a chat can end, as values: accepted, throttled, refused or in doubt."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TypeAlias


class Scope(StrEnum):
    """What a refusal stops: this person here, this group, or the whole account."""

    PERSON = "person"
    GROUP = "group"
    ACCOUNT = "account"


class Refusal(StrEnum):
    """Why a chat said no. The provider maps its own codes to these and nothing else."""

    PRIVACY = "privacy"  # an add: only by invite
    NOT_REACHABLE = "not_reachable"  # an add: no such number there
    RECENTLY_LEFT = "recently_left"  # an add: not again just yet
    COMMUNITY = "community"  # an add: members of the community only
    FULL = "full"  # an add: the group is full
    ALREADY = "already"  # an add: is a member already (only a read-back proves it)
    ABSENT = "absent"  # a remove: is not a member (only a read-back proves it)
    BAD_REQUEST = "bad_request"  # 400: bad id, or a rate limit in disguise
    PROTECTED = "protected"  # a remove: the creator or a super-admin
    NOT_ADMIN = "not_admin"  # our account may not change this group
    GROUP_GONE = "group_gone"  # the group is unknown, deleted, or we are out of it
    CREDENTIALS = "credentials"  # token or instance not accepted
    SESSION = "session"  # the account's session is not working
    PLAN = "plan"  # quota or subscription
    RESTRICTED = "restricted"  # the number is restricted by the chat service

    @property
    def scope(self) -> Scope:
        return _SCOPE.get(self, Scope.PERSON)


_SCOPE = {
    Refusal.NOT_ADMIN: Scope.GROUP,
    Refusal.GROUP_GONE: Scope.GROUP,
    Refusal.CREDENTIALS: Scope.ACCOUNT,
    Refusal.SESSION: Scope.ACCOUNT,
    Refusal.PLAN: Scope.ACCOUNT,
    Refusal.RESTRICTED: Scope.ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider took the call. It proves nothing; a read-back does."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class Throttled:
    """Too many calls (429): nothing happened.

    `wait` is what the provider asked for, clamped to 1 s .. 1 h; None when it did not say.
    """

    wait: timedelta | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """A clear no. `invite` is a link for the person, when the provider offers one with the no."""

    why: Refusal
    detail: str = ""
    invite: str | None = None


@dataclass(frozen=True, slots=True)
class InDoubt:
    """Nobody knows: a timeout, a broken connection, a 5xx, an answer that makes no sense.

    `again`: a read that may be repeated at once, as the provider will then ask in another way.
    """

    detail: str = ""
    again: bool = False


Outcome: TypeAlias = Accepted | Throttled | Refused | InDoubt
Unread: TypeAlias = Throttled | Refused | InDoubt
"""Why a read gave nothing to believe."""
