"""The roster in force, laid out in time: as people wrote it, and with what only lists name."""

from rotation.core.facts import FoundGroup
from rotation.core.roster import EMPTY, Roster
from rotation.core.timeline import Timeline
from rotation.engine.gather import RosterInForce
from rotation.engine.lists import laid_over
from rotation.ledger import Books


class InForce:
    """Remembers it, and reads it anew when its digest is another one."""

    def __init__(self) -> None:
        self.roster: RosterInForce | None = None
        self._laid: RosterInForce | None = None
        self._listed: tuple[FoundGroup, ...] = ()

    @property
    def written(self) -> Roster:
        """What people wrote, as it was last asked for."""
        return EMPTY if self.roster is None else self.roster[1]

    def read(self, books: Books) -> RosterInForce | None:
        """What the engine goes by; while somebody is a leaver with the groups that lists name."""
        digest = books.rosters.digest()
        if self.roster is None or self.roster[0] != digest:
            found = books.rosters.in_force()
            self.roster = None if found is None else (*found, Timeline(found[1]))
        if self.roster is None or not books.leavers.everywhere():
            return self.roster
        listed = books.found.groups()
        if self._laid is None or self._listed is not listed or self._laid[0] != self.roster[0]:
            self._listed, before = listed, self._laid
            laid = laid_over(self.roster[1], listed)
            if before is None or (before[0], before[1].groups) != (digest, laid.groups):
                self._laid = (self.roster[0], laid, Timeline(laid))
        return self._laid
