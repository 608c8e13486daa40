"""`rotation forget`: who somebody is goes from the ledger, and what was done stays."""

from dataclasses import asdict
from typing import Annotated

import typer

from rotation.core.roster import PersonId
from rotation.ledger import Forgotten
from rotation.roster_file import saving
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    at_desk,
    meant_by_typing,
)
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import by_hand, counter_of
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.whom import Someone
from rotation.surfaces.counting import counted
from rotation.surfaces.forgetting import in_the_way
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.orders.performing import keep_refusal
from rotation.surfaces.wrong import Problem, Refused


def register(app: typer.Typer) -> None:
    app.command()(forget)


def forget(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    person: Someone,
    *,
    reason: Annotated[
        str, typer.Option(help="Why; it is kept in the trail, so name nobody in it.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what is in the way, and do nothing.")
    ] = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Erase who somebody is: numbers, hidden ids, name, and when they were last heard.

    The trail knows them by their key alone from then on, and stays provable; records go when
    `keep` is over. Of a leaver a keyed hash of each number stays, so that they are not let in
    again. It can't be undone. Ends with 1, and erases nothing, while a roster names them, or they
    are in a group or may come into one.

    Example: rotation forget ana --reason "asked for erasure"
    """
    with at_desk(context, config) as desk:
        key = _meant(desk, person)
        with desk.ledger.reading() as books:
            problems = list(in_the_way(desk.sight(books), key))
        if dry_run:
            _say_what_would_be(key, problems, as_data=as_data)
            return
        by = by_hand(author, reason)
        if problems:
            no = Refused(Problem(text) for text, _ in problems)
            keep_refusal(counter_of(desk), "forget", by, no, (key,))
            _refuse(key, problems, as_data=as_data)
        meant_by_typing(_EFFECT.format(key=key), key, yes=yes)
        with desk.ledger.writing() as books:
            found = books.forgetting.forget(key, desk.later().now, *by.told)
        desk.ledger.scrub()
        saving.forget(desk.settings.schedules, [key])
        _say(desk, found, as_data=as_data)


def _meant(desk: Desk, person: str) -> PersonId:
    with desk.ledger.reading() as books:
        try:
            who = meant(books, desk.roster, person)
        except UnclearError as why:
            fail(str(why), why.fix, Ends.USAGE)
        if PersonId(who) not in books.people.all():
            fail(f"nobody is known as {who}, so there is nothing to forget", ends=Ends.PROBLEMS)
    return PersonId(who)


def _say_what_would_be(key: PersonId, problems: list[tuple[str, str]], *, as_data: bool) -> None:
    if as_data:
        as_json({"person": key, "in_the_way": _plain(problems)})
        return
    for text, fix in problems:
        say(f"{text}. {fix}.")
    say("Nothing was done." if problems else f"Nothing is in the way. {key} is still known.")


def _refuse(key: PersonId, problems: list[tuple[str, str]], *, as_data: bool) -> None:
    if as_data:
        as_json({"person": key, "forgotten": False, "in_the_way": _plain(problems)})
    for text, fix in problems:
        complain(f"rotation: {key}: {text}. {fix}.")
    fail("nothing was done", ends=Ends.PROBLEMS)


def _plain(problems: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"why": text, "to_do": fix} for text, fix in problems]


_EFFECT = (
    "What the ledger knows of {key} is erased but for what was done: numbers, hidden ids, name and"
    " subscriptions, and when they were last heard. This can't be undone."
)


def _say(desk: Desk, found: Forgotten, *, as_data: bool) -> None:
    key, keep = found.people[0], desk.settings.keep.days
    if as_data:
        as_json({"person": key, "forgotten": True, "keep_days": keep, **asdict(found)})
        return
    say(f"{key} is forgotten: {counted(found.ids, 'number or hidden id', 'numbers or hidden ids')}")
    say(f"  in {counted(found.rosters, 'stored roster')} the name and what stood beside it")
    if found.signs:
        say(f"  when they were last heard, in {counted(found.signs, 'group')}")
    if found.subscriptions:
        say(f"  {counted(found.subscriptions, 'subscription')}")
    if found.messages:
        say(f"  the name in {counted(found.messages, 'message')}")
    say("What stays:")
    records = counted(found.records, "record")
    say(f"  the key in {records} of the trail, each until {keep} days after")
    if found.hashed:
        say(f"  a keyed hash of {counted(found.hashed, 'id')}, as they may never be added again")
    say("  backups from before (forget again after one is restored elsewhere), WhatsApp itself")
