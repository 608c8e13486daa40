"""Rights that people gave by hand: grants as the ledger has them, laid over the roster's rights.

They are what somebody asked for, like the roster; whether it was done right is judged from them.
Time off by hand is none of this: nobody takes any in a simulation.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from rotation.core.facts import Effect, Grant
from rotation.core.roster import PersonId
from rotation.sandbox.calendar import Span
from rotation.wiring.oracles.right import Right


def with_grants(right: Right, grants: Iterable[Grant], phone: Callable[[PersonId], str]) -> Right:
    """The rights of a group with everybody who was ever let in: managed, and in for so long."""
    let_in = [g for g in grants if g.effect is Effect.IN and phone(g.person)]
    spans = [Span(phone(g.person), g.starts, _ends(g)) for g in let_in if _lasts(g)]
    duty = [Span(phone(g.person), g.starts, _ends(g)) for g in let_in if g.duty and _lasts(g)]
    return replace(
        right,
        duty=right.duty.plus(duty),
        allowed=right.allowed.plus(spans),
        entitled=right.entitled.plus(spans),
        managed=right.managed | (frozenset(phone(g.person) for g in let_in) - right.kept),
    )


def _ends(grant: Grant) -> datetime | None:
    return min((t for t in (grant.until, grant.ended_at) if t is not None), default=None)


def _lasts(grant: Grant) -> bool:
    ends = _ends(grant)
    return ends is None or ends - grant.starts > timedelta(0)
