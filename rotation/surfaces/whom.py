"""Whom a wipe means, and out of which groups. Raises Unknown, Wrong."""

from dataclasses import dataclass

from rotation.core.roster import AccountId, PersonId, Phone, Roster
from rotation.ledger import Books
from rotation.surfaces.masking import on_one_line
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.wiping import named
from rotation.surfaces.wrong import Unknown, Wrong


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is meant, by key or by a number that nobody has, and the team; "" for every group."""

    said: PersonId | Phone
    team: str = ""

    @property
    def key(self) -> PersonId | None:
        return None if self.said.startswith("+") else PersonId(self.said)

    @property
    def groups(self) -> str:
        return f"the groups of team {self.team}" if self.team else "groups"

    @property
    def flag(self) -> str:
        return f" --team {self.team}" if self.team else ""


def whom(books: Books, roster: Roster, person: str, team: str = "") -> Whom:
    """Who is meant, where that is clear."""
    try:
        return Whom(meant(books, roster, person), team)
    except UnclearError as why:
        raise Unknown(str(why), why.fix) from None


def account_of(books: Books, who: Whom) -> AccountId | None:
    """The account whose own number that is."""
    known = books.people.all().get(PersonId(who.said))
    number = who.said if known is None else known.phone
    return next((one.account for one in books.accounts.all() if number in one.own), None)


def require_team(roster: Roster, team: str) -> None:
    """Raise Wrong where the roster in force has no groups of the team."""
    teams = {group.team for group in roster.groups.values() if group.team}
    if team and team not in teams:
        known = f"It has: {', '.join(sorted(teams))}" if teams else "Write `team: NAME` in a roster"
        raise Wrong(f"the roster has no group of a team {on_one_line(team)}", known)


def name_of(books: Books, roster: Roster, who: Whom) -> str:
    return f"the number {who.said}" if who.key is None else named(books, roster, who.key)
