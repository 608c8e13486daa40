"""`rotation leavers`: the list of leavers that a personnel system writes, carried out as wipes."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.core.roster import PersonId, Phone
from rotation.engine import wipes
from rotation.ledger import Books
from rotation.roster_file.leavers import Leaving, leavings
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
)
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.member_list import content_of
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.meant import UnclearError, meant

USUAL = 5
"""So many people may be wiped by one list at once; with more it may be the wrong list."""


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a list comes to: who is new, who is a leaver already, and whose time has not come."""

    new: tuple[tuple[PersonId | Phone, Leaving], ...]
    already: int
    later: int


def register(app: typer.Typer) -> None:
    app.command()(leavers)


def leavers(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A CSV file.", metavar="FILE.csv")],
    *,
    most: Annotated[
        int, typer.Option(min=1, help="So many may be wiped by it at once; with more nobody is.")
    ] = USUAL,
    zone: Annotated[str, typer.Option(help="By whose clocks a date in it begins.")] = "UTC",
    dry_run: DryRun = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Wipe everybody whom a list of leavers names, all of it or nothing; meant for a timer.

    Columns: person (key, name or number), and if you like from (a date or an instant; before it
    nothing is done) and reason. Whoever is a leaver already stays one, and whoever is missing from
    the list is not let in again: that is `rotation reinstate`. Ends with 1 when a row cannot be, or
    more than --most people are new.

    Example: rotation leavers /srv/hr/leavers.csv --zone Europe/Lisbon
    """
    from rotation.roster_file import RosterErrors
    from rotation.zone_data import why_not

    if refused := why_not(zone):
        fail(refused, ends=Ends.USAGE)
    by, content = author_or_user(author), content_of(file)
    with at_desk(context, config) as desk:
        order = Order(desk, "leavers", (by, masked(on_one_line(file.name))))
        try:
            rows = leavings(file.name, content, zone)
        except RosterErrors as wrong:
            _refuse(order, [str(problem) for problem in wrong.problems])
        with desk.ledger.reading() as books:
            found, problems = _weighed(desk, books, file.name, rows)
        if problems:
            _refuse(order, problems)
        if len(found.new) > most:
            order.refuse(
                f"{file.name} names {len(found.new)} new leavers, which may be a mistake:"
                " nothing was done",
                f"If it is meant, say --most {len(found.new)}",
            )
        asks = desk.settings.wipe_approval == "two"
        if not dry_run:
            _carried_out(desk, found, by, asks=asks)
        _show(desk, found, asks=asks, dry_run=dry_run, as_data=as_data)


def _refuse(order: Order, problems: list[str]) -> NoReturn:
    told = [masked(on_one_line(text)) for text in problems]
    for text in told[:40]:
        complain(f"rotation: {text}")
    order.refuse(f"nothing was done, for {counted(len(told), 'mistake')}")


def _weighed(
    desk: Desk, books: Books, name: str, rows: tuple[Leaving, ...]
) -> tuple[Weighed, list[str]]:
    known, new, problems = books.leavers.everywhere(), dict[PersonId | Phone, Leaving](), []
    already = later = 0
    for row in rows:
        try:
            who = meant(books, desk.roster, row.who)
        except UnclearError as why:
            problems.append(f"{name}:{row.line}:{row.column}: person: {why}. {why.fix}".rstrip())
            continue
        if who in known:
            already += 1
        elif row.since > desk.now:
            later += 1
        else:
            new.setdefault(who, row)
    return Weighed(tuple(new.items()), already, later), [*problems, *_own(books, name, new)]


def _own(books: Books, name: str, new: dict[PersonId | Phone, Leaving]) -> Iterator[str]:
    """Nobody wipes the number that an account has itself."""
    known = books.people.all()
    ours = {number for state in books.accounts.all() for number in state.own}
    for who, row in new.items():
        person = known.get(PersonId(who))
        if (who if person is None else person.phone) in ours:
            yield f"{name}:{row.line}:{row.column}: that is the number of an account itself"


def _carried_out(desk: Desk, found: Weighed, author: str, *, asks: bool) -> None:
    """All of them in one write; where it takes two, each is asked for."""
    with desk.ledger.writing() as books:
        for who, row in found.new:
            is_number = who.startswith("+")
            key = books.people.stranger(Phone(who), None, desk.now) if is_number else PersonId(who)
            reason = masked(row.reason) or "named by the list of leavers"
            act = wipes.ask if asks else wipes.begin
            act(books, key, author, reason, desk.now)


def _show(desk: Desk, found: Weighed, *, asks: bool, dry_run: bool, as_data: bool) -> None:
    told = {"new": len(found.new), "already": found.already, "later": found.later}
    if as_data:
        as_json({"done": not dry_run, **told, "waits_for_approval": asks, "daemon": desk.holder})
        return
    say(
        f"{counted(len(found.new), 'new leaver')}; {found.already} already are;"
        f" {found.later} whose time has not come"
    )
    if dry_run:
        say("Nothing was done: this is a dry run.")
    elif found.new and asks:
        say("Each takes a second person: rotation wipe PERSON --approve")
    elif found.new:
        say_who_carries_it_out(desk.holder, ())
