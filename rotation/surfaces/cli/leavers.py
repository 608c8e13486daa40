"""`rotation leavers`: the list of leavers that a personnel system writes, carried out as wipes."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer

from rotation.engine.feeds import Refusal, Standing, leavers_in, refused, standing, taken
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
)
from rotation.surfaces.cli.far import Far
from rotation.surfaces.cli.files import content_of
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.member_list import rows_of
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, say_effects
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.feed import By
from rotation.surfaces.leaver_feed import LeaverFeed
from rotation.surfaces.leavers import USUAL, List, Weighed, carry_out, weighed
from rotation.surfaces.masking import masked, on_one_line
from rotation.surfaces.orders.leavers import LEAVERS, Wish, summary

_MOST = 40
"""So many mistakes are shown; mending one often mends more."""


def register(app: typer.Typer) -> None:
    app.command()(leavers)


def leavers(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    file: Annotated[
        Path | None, typer.Argument(help="A CSV file.", metavar="FILE.csv", show_default=False)
    ] = None,
    *,
    from_url: Annotated[
        bool, typer.Option("--from-url", help="The list at `leavers.url`, as the daemon reads it.")
    ] = False,
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
    more than --most people are new; that is on record once, until the list is right again.

    Example: rotation leavers /srv/hr/leavers.csv --zone Europe/Lisbon
    """
    from rotation.zone_data import why_not

    if refused := why_not(zone):
        fail(refused, ends=Ends.USAGE)
    if (file is None) != from_url:
        fail("it is not said which list", "Name a file, or say --from-url", Ends.USAGE)
    far = context.find_object(Far)
    if far is not None:
        if file is None:
            fail("the list at the address is read by the daemon there", "Name a file", Ends.USAGE)
        wish = Wish(rows_of(file), file.name, zone, most)
        _there(far, wish, How(as_data=as_data, dry_run=dry_run, asks=""))
        return
    by = By(author_or_user(author))
    given = None if file is None else List(file.name, content_of(file), zone)
    with at_desk(context, config) as desk:
        asks = desk.settings.wipe_approval == "two"
        found = (
            _from_url(desk, most, by, dry_run=dry_run, asks=asks)
            if given is None
            else _from_file(desk, given, most, by, dry_run=dry_run, asks=asks)
        )
        if isinstance(found, Refusal):
            refuse(found)
        _show(desk, found, asks=asks, dry_run=dry_run, as_data=as_data)


def _there(far: Far, wish: Wish, how: How) -> None:
    made = ordered(far, LEAVERS, wish, by_hand(None, "a list of leavers"), how, say_effects)
    if made is not None and how.as_data:
        as_json({"done": True, **made.data, "daemon": far.holder})
    elif made is not None and made.new:
        say_who_carries_it_out(far.holder, ())


def _from_file(
    desk: Desk, given: List, most: int, by: By, *, dry_run: bool, asks: bool
) -> Weighed | Refusal:
    source = masked(on_one_line(given.name))
    key = leavers_in(source)
    with desk.ledger.reading() as books:
        found = weighed(books, desk.roster, given, most, desk.now)
        before = standing(books, key)
    if dry_run:
        return found
    if isinstance(found, Refusal):
        if found.cause != before.cause:
            with desk.ledger.writing() as books:
                told = ("leavers", by.origin, source)
                refused(books, key, before, found, told, desk.now)
    elif found.new or before.cause:
        with desk.ledger.writing() as books:
            carry_out(books, found, by, desk.now, asks=asks)
            if before.cause:
                taken(books, key, before, Standing(), desk.now)
    return found


def _from_url(desk: Desk, most: int, by: By, *, dry_run: bool, asks: bool) -> Weighed | Refusal:
    at = desk.settings.leavers
    if at is None:
        fail("no address of a list is set", "Write `url` under [leavers] in the settings")
    feed = LeaverFeed(at, desk.ledger, lambda: desk.now, asks)
    return feed.by_hand(most, by, dry_run=dry_run)


def refuse(why: Refusal) -> NoReturn:
    """End the command, with each of the mistakes."""
    for text in why.lines[:_MOST]:
        complain(f"rotation: {text}")
    fail(why.why, "" if why.lines else why.to_do, Ends.PROBLEMS)


def _show(desk: Desk, found: Weighed, *, asks: bool, dry_run: bool, as_data: bool) -> None:
    told = {"new": len(found.new), "already": found.already, "later": found.later}
    if as_data:
        waits = {"waiting": found.waiting, "waits_for_approval": asks}
        as_json({"done": not dry_run, **told, **waits, "daemon": desk.holder})
        return
    say(summary({**told, "waiting": found.waiting}))
    if dry_run:
        say("Nothing was done: this is a dry run.")
    elif found.new and asks:
        say("Each takes a second person: rotation wipe PERSON --approve")
    elif found.new:
        say_who_carries_it_out(desk.holder, ())
