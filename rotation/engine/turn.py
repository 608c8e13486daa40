"""The errands of one tick, one after the other: what is at hand, and whether another may follow."""

from rotation.core.facts import Moment
from rotation.engine.errands import Errand, Rest, Send
from rotation.ledger import Books

MOST = 16
LONGEST = 1.0
"""So many errands are begun in a tick, and none so many seconds after its beginning: whoever waits
for its end, a stop or somebody who gives up a lease, has it soon."""


class Turn:
    def __init__(self, now: Moment) -> None:
        self.now = now
        self.errand: Errand = Rest(now.at)
        self._began = now.uptime
        self._begun = 0

    def takes(self, errand: Errand, now: Moment) -> None:
        """It is done now, and was chosen at `now`."""
        self.errand, self.now = errand, now
        self._begun += 1

    def goes_on(self, books: Books, now: Moment) -> bool:
        """Whether another errand may follow in the same tick.

        After a change none does in the very moment in which it ended: only a read that begins
        later than that says anything about it.
        """
        if self._begun >= MOST or now.uptime - self._began >= LONGEST:
            return False
        if not isinstance(self.errand, Send):
            return True
        state = books.groups.state(self.errand.view.group.id)
        return state is None or state.mutated_at is None or state.mutated_at < now.at
