"""Whom a wipe means, as it is typed."""

from typing import Annotated

import typer

from rotation.core.roster import Roster
from rotation.ledger import Books
from rotation.surfaces import whom as naming
from rotation.surfaces.cli.desk import Desk, no_nonsense
from rotation.surfaces.whom import Whom
from rotation.surfaces.wrong import Wrong

Someone = Annotated[str, typer.Argument(help="By key, by name, or by number.", metavar="PERSON")]
TeamOption = Annotated[
    str,
    typer.Option("--team", help="Only that team's groups, as the roster names it.", metavar="TEAM"),
]


def whom(desk: Desk, person: str, team: str) -> Whom:
    """Who is meant; ends the command where that is not clear, or is one of our own numbers."""
    with no_nonsense(), desk.ledger.reading() as books:
        return _not_ours(books, desk.roster, person, team)


def _not_ours(books: Books, roster: Roster, person: str, team: str) -> Whom:
    found = naming.whom(books, roster, person, team)
    if account := naming.account_of(books, found):
        ours = f"that is the number of the account {account} itself"
        raise Wrong(ours, "Give the account another number first")
    return found


def name_of(desk: Desk, who: Whom) -> str:
    with desk.ledger.reading() as books:
        return naming.name_of(books, desk.roster, who)
