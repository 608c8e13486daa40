"""What follows from webhooks: a group is read soon, the session is asked for soon; nothing else.

What a webhook asks for takes no call that a step could take, and comes at most once in a while
however many webhooks ask for it.
"""

from dataclasses import replace
from datetime import timedelta

from rotation.core.facts import AccountState
from rotation.core.holds import Hold
from rotation.engine.errands import Errand, LearnWebhooks, Probe
from rotation.engine.look import Look
from rotation.engine.pauses import may_change_nothing
from rotation.providers import Ear

LOOK_EVERY = timedelta(hours=1)
"""How often it is looked where the account's events go."""


def errand(look: Look, ear: Ear) -> Errand | None:
    """A question about the account that a webhook asks for, or that concerns its webhooks."""
    if not ear.listens or look.drip.wait_for_sweep() > timedelta(0):
        return None
    books, account, at = look.books, look.ground.account.account, look.now.at
    known = books.webhooks.of(account)
    if known.told_at is not None:
        books.webhooks.save(replace(known, told_at=None))
        return Probe()
    if known.looked_at is None or not timedelta(0) <= at - known.looked_at < LOOK_EVERY:
        return LearnWebhooks()
    return None


def errand_while_paused(look: Look, state: AccountState) -> Errand | None:
    """An account that waits for its session asks for it at once; one that is restricted waits."""
    if state.paused_why is not Hold.SESSION or may_change_nothing(state):
        return None
    known = look.books.webhooks.of(state.account)
    if known.told_at is None or look.drip.wait_for_sweep() > timedelta(0):
        return None
    look.books.webhooks.save(replace(known, told_at=None))
    return Probe()
