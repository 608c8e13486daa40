"""The list of leavers at an address: whoever is new on it is wiped."""

from dataclasses import dataclass
from datetime import datetime

from rotation.core.roster import EMPTY
from rotation.engine.feeds import LEAVERS, Refusal
from rotation.engine.wipes import APPROVED_WITHIN
from rotation.ledger import Books
from rotation.providers.fetched import Fetched, Unfetched
from rotation.settings import LeaverList
from rotation.surfaces.feed import LOOK, By, Feed
from rotation.surfaces.leavers import USUAL, List, Weighed, carry_out, weighed


@dataclass(slots=True)
class LeaverFeed(Feed[LeaverList, Weighed]):
    """`asks`: a second person has to approve each wipe."""

    asks: bool = False
    accept = "text/csv"
    key = LEAVERS
    title = "the list of leavers"
    command = "leavers"

    @property
    def zone(self) -> str:
        return self.at.zone

    def own(self) -> By:
        return By(f"list of {self.host}", by_hand=False)

    def stands_on(self, _books: Books) -> str:
        """A wipe stays, so a list that was carried out says nothing new of another roster."""
        return ""

    def judged(
        self, found: Fetched | Unfetched, most: int | None, now: datetime
    ) -> Weighed | Refusal:
        if isinstance(found, Unfetched):
            return self.unfetched(found)
        given = List(self.name, found.content, self.at.zone, "rotation leavers --from-url ")
        with self.ledger.reading() as books:
            _, roster = books.rosters.in_force() or ("", EMPTY)
            judged = weighed(books, roster, given, USUAL if most is None else most, now)
        if isinstance(judged, Weighed) and judged.is_empty:
            return Refusal("empty", f"{self.name} of {self.host} names nobody", LOOK)
        return judged

    def reread_at(self, judged: Weighed, now: datetime) -> datetime | None:
        lapses = [now + APPROVED_WITHIN] if self.asks and judged.new else []
        return min((at for at in (judged.again_at, *lapses) if at), default=None)

    def carry_out(self, books: Books, judged: Weighed, by: By, now: datetime) -> None:
        carry_out(books, judged, by, now, asks=self.asks)
