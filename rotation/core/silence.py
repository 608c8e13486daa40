"""Who is silent in a group: long enough inside, all of it heard, and not a sign of life.

Silence is what was listened to and not heard. Where nobody listened, or what was sent may have
been lost, or somebody was not inside for so long, it is *unknown*; that is never taken for silence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from rotation.core.facts import Role, Seat
from rotation.core.roster import Admins, Group, PersonId, Roster, Silent

DEAF = timedelta(minutes=5)
"""A door that was shut for longer may have missed what was sent to it."""
QUIET = timedelta(hours=24)
"""An account of which nothing is heard for longer may be one whose webhooks do not arrive."""
LATE = timedelta(minutes=20)
"""So late a webhook may be: a change of which none has told by then is one that was lost."""
A_MINUTE = timedelta(minutes=1)
"""How exactly it is known when the last one arrived."""
ARRIVED = "seen"
"""In place of what somebody did: a read showed them inside for the first time."""


class Hearing(NamedTuple):
    """What is known of an account's webhooks, as far as silence follows from it.

    `unbroken_since`: none is known to have been lost since then. `heard_at`: the last one, to the
    minute. `open_at`: when the door was last known to be open. `owed_at`: since when a change is
    known of which none has told.
    """

    unbroken_since: datetime | None = None
    heard_at: datetime | None = None
    open_at: datetime | None = None
    owed_at: datetime | None = None


class Sign(NamedTuple):
    """The newest sign of somebody in a group: what they did, or that they were first seen there."""

    at: datetime
    doing: str


class Standing(StrEnum):
    ACTIVE = "active"
    SILENT = "silent"
    UNKNOWN = "unknown"
    EXEMPT = "exempt"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What can be said of one person in one group, and why; `since` is their newest sign."""

    standing: Standing
    why: str = ""
    since: datetime | None = None


def opened(known: Hearing, now: datetime, most: timedelta = DEAF) -> Hearing:
    """The door is open from now on: what came while it was shut for longer than `most` is lost."""
    shut = known.open_at is None or abs(now - known.open_at) > most
    return (broken(known, now) if shut else known)._replace(open_at=now)


def heard(known: Hearing, now: datetime) -> Hearing:
    """A webhook came: the first in long, or since a change none told of, says others were lost."""
    quiet = known.heard_at is None or abs(now - known.heard_at) > QUIET
    late = known.owed_at is not None and abs(now - known.owed_at) > LATE
    return (broken(known, now) if quiet or late else known)._replace(heard_at=now, owed_at=None)


def broken(known: Hearing, now: datetime) -> Hearing:
    """Something was lost, so that all is known from now on only."""
    return known._replace(unbroken_since=now)


def unheard(known: Hearing, since: datetime, now: datetime) -> Hearing:
    """A read saw a change that came after `since`: a webhook is owed, if none was heard since."""
    came = known.heard_at is not None and known.heard_at + A_MINUTE >= since
    if known.owed_at is not None or came:
        return known
    return known._replace(owed_at=now)


def deaf(known: Hearing, after: timedelta, now: datetime) -> str:
    """Why nobody can be called silent who may have spoken in the time `after` before now, or ""."""
    if known.open_at is None or abs(now - known.open_at) > LATE:
        return "nobody listens for webhooks now"
    if known.heard_at is None or now - known.heard_at > QUIET:
        return "no webhook has arrived for a day"
    if known.owed_at is not None and now - known.owed_at > LATE:
        return "changes were seen of which no webhook told"
    if known.unbroken_since is None or now - known.unbroken_since < after:
        return "webhooks were lost, or not listened for, within that time"
    return ""


def exempt(  # noqa: PLR0913 - each is a right of its own to be silent
    person: PersonId,
    roster: Roster,
    group: Group,
    policy: Silent,
    *,
    kept: Collection[PersonId],
    wanted: Collection[PersonId],
    role: Role | None,
) -> str:
    """Why somebody may be silent here for as long as they like; "" where nothing says so.

    `kept`: always-in people and our own number. `wanted`: who has a right to be in just now.
    """
    known = roster.people.get(person)
    if person in kept:
        return "always in, or our own number"
    if known is not None and known.core:
        return "core"
    words = known.role.casefold().split() if known is not None and known.role else []
    if any(_said(kept_role.casefold().split(), words) for kept_role in policy.keep_roles):
        return "their role is kept"
    if person in wanted or person in roster.rostered(group.id):
        return "the roster or a grant names them here"
    if role is Role.CREATOR or (role is Role.ADMIN and group.policy.admins is not Admins.REMOVE):
        return "creator or admin of the group"
    return ""


def _said(role: list[str], words: list[str]) -> bool:
    """Whether a role stands in somebody's, word by word: `sales lead` in `EMEA sales lead`."""
    return any(words[n : n + len(role)] == role for n in range(len(words) - len(role) + 1))


def verdict(sign: Sign | None, hearing: Hearing, after: timedelta, now: datetime) -> Verdict:
    """What can be said of somebody who is inside and not exempt."""
    if sign is None:
        return Verdict(Standing.UNKNOWN, "it was never seen when they came")
    if now - sign.at < after:
        if sign.doing != ARRIVED:
            return Verdict(Standing.ACTIVE, sign.doing, sign.at)
        return Verdict(Standing.UNKNOWN, "they have not been seen here for so long yet", sign.at)
    if why := deaf(hearing, after, now):
        return Verdict(Standing.UNKNOWN, why, sign.at)
    return Verdict(Standing.SILENT, sign.doing, sign.at)


def judged(  # noqa: PLR0913 - what is known of a group, and what may speak for somebody in it
    inside: Mapping[PersonId, Seat],
    roster: Roster,
    group: Group,
    signs: Mapping[PersonId, Sign],
    hearing: Hearing,
    now: datetime,
    *,
    kept: Collection[PersonId],
    wanted: Collection[PersonId],
) -> dict[PersonId, Verdict]:
    """Everybody `inside`, by name; nobody where the group's policy does not ask for it."""
    policy = group.policy.silent
    if policy is None:
        return {}
    found = {}
    for person, seat in inside.items():
        why = exempt(person, roster, group, policy, kept=kept, wanted=wanted, role=seat.role)
        found[person] = (
            Verdict(Standing.EXEMPT, why)
            if why
            else verdict(signs.get(person), hearing, policy.after, now)
        )
    return found
