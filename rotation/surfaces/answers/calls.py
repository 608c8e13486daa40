"""Calls: every attempt to change who is in a group, with why it was made and how it ended."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from rotation.core.facts import Attempt, Kind
from rotation.core.outcome import Refused, Throttled
from rotation.core.reason import Reason
from rotation.core.roster import AccountId, GroupId, PersonId
from rotation.ledger import Ending, outcome_word
from rotation.surfaces.answers.answer import (
    Answer,
    Told,
    checked,
    opened,
    sealed,
)
from rotation.surfaces.answers.past import OfPart, part
from rotation.surfaces.masking import masked, on_one_line, without_credentials
from rotation.surfaces.orders import Counter
from rotation.surfaces.orders import Kind as Asked
from rotation.surfaces.orders.asking import asks
from rotation.surfaces.sight import Sight
from rotation.surfaces.wrong import Unknown


@dataclass(frozen=True, slots=True)
class Called:
    """One call: `because` names the shift or grant, `starts` and `ends` are of the right to be in.

    It left at `sent_at` and took so many `seconds`, as far as that is known. Without an `outcome`
    it is under way, or was lost by a crash; `refusal`, `wait_seconds` and `detail` are as the
    provider said.
    """

    attempt: int
    kind: Kind
    account: AccountId
    group: GroupId | None
    person: PersonId | None
    reason: Reason
    because: str
    origin: str
    starts: datetime | None
    ends: datetime | None
    roster: str
    sent_at: datetime
    ended_at: datetime | None
    seconds: float | None
    outcome: Ending | None
    refusal: str | None
    wait_seconds: float | None
    detail: str


def called(one: Attempt) -> Called:
    outcome, because = one.outcome, one.because
    waits = outcome.wait if isinstance(outcome, Throttled) else None
    return Called(
        attempt=one.id, kind=one.kind, account=one.account, group=one.group, person=one.person,
        reason=because.reason, because=because.key, origin=_shown(because.origin),
        starts=because.starts, ends=because.ends, roster=one.roster, sent_at=one.sent_at,
        ended_at=one.ended_at, seconds=one.took,
        outcome=None if outcome is None else outcome_word(outcome),
        refusal=outcome.why.value if isinstance(outcome, Refused) else None,
        wait_seconds=None if waits is None else waits.total_seconds(),
        detail="" if outcome is None else _shown(without_credentials(outcome.detail)),
    )  # fmt: skip


@lru_cache(maxsize=256)
def _shown(text: str) -> str:
    """Fit to be shown; most calls say the same."""
    return masked(on_one_line(text))


def _calls(_counter: Counter, sight: Sight, wish: OfPart) -> Told:
    found = sight.books.attempts.of(
        *part(sight, wish),
        checked(wish.limit) + 1,
        before=opened("attempts", wish.cursor, int)[0] if wish.cursor else None,
    )
    shown = found[: wish.limit]
    more = sealed("attempts", shown[-1].id) if len(found) > len(shown) else None
    return {"at": sight.now, "attempts": [called(one) for one in shown], "next": more}


@dataclass(frozen=True, slots=True)
class OneCall:
    attempt: str = asks("Its number, as `attempts` of the history have it", Asked.NAME)


def _one(_counter: Counter, sight: Sight, wish: OneCall) -> Called:
    number = wish.attempt
    is_one = number.isascii() and number.isdecimal() and len(number) < _DIGITS
    found = sight.books.attempts.get(int(number)) if is_one else None
    if found is None:
        raise Unknown("there is no call of this number", "See /v1/attempts")
    return called(found)


_DIGITS = 19
CALLS = Answer(
    "attempts", "Calls to the provider, why each was made and how it ended, newest first",
    "/attempts", OfPart, {"at": datetime, "attempts": [Called], "next": str | None}, _calls,
)  # fmt: skip
CALL = Answer("attempt", "One of them", "/attempts/{attempt}", OneCall, Called, _one)
