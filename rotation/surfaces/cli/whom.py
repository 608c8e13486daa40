"""Whom a wipe means, and out of which groups."""

from dataclasses import dataclass
from typing import Annotated

import typer

from rotation.core.roster import PersonId, Phone
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.output import Ends, fail
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.wiping import named

Someone = Annotated[str, typer.Argument(help="By key, by name, or by number.", metavar="PERSON")]
TeamOption = Annotated[
    str,
    typer.Option("--team", help="Only that team's groups, as the roster names it.", metavar="TEAM"),
]
_ANOTHER = "Give the account another number first"


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


def whom(desk: Desk, person: str, team: str, order: Order | None = None) -> Whom:
    """Who is meant; ends the command where that is not clear, or is one of our own numbers."""
    with desk.ledger.reading() as books:
        try:
            who = meant(books, desk.roster, person)
        except UnclearError as why:
            fail(str(why), why.fix, Ends.USAGE)
        known = books.people.all().get(PersonId(who))
        number = who if known is None else known.phone
        ours = [state.account for state in books.accounts.all() if number in state.own]
    for account in ours:
        text, fix = f"that is the number of the account {account} itself", _ANOTHER
        if order is not None:
            order.refuse(text, fix, Ends.USAGE)
        fail(text, fix, Ends.USAGE)
    return Whom(who, team)


def check_team(desk: Desk, team: str) -> None:
    """End the command where the roster in force has no groups of the team."""
    teams = {group.team for group in desk.roster.groups.values() if group.team}
    if team and team not in teams:
        known = f"It has: {', '.join(sorted(teams))}" if teams else "Write `team: NAME` in a roster"
        fail(f"the roster has no group of a team {team}", known, Ends.USAGE)


def no_leaver(desk: Desk, who: Whom, typed: str) -> tuple[str, str]:
    """Why nobody is reinstated, and what would be."""
    with desk.ledger.reading() as books:
        theirs = [m.team for m in books.leavers.standing() if m.person == who.key]
    other = next(iter(theirs), None)
    fix = "" if other is None else f"Say --team {other}" if other else "Leave --team out"
    return f"{typed} is no leaver{f' of team {who.team}' if who.team else ''}", fix


def name_of(desk: Desk, who: Whom) -> str:
    if who.key is None:
        return f"the number {who.said}"
    with desk.ledger.reading() as books:
        return named(books, desk.roster, who.key)
