"""`rotation forget`: who somebody is goes from the ledger, and what was done stays."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

import typer

from rotation.core.roster import PersonId
from rotation.surfaces.cli.desk import Author, Json, Yes, meant_by_typing, no_nonsense
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import by_hand, way_to
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.whom import Someone
from rotation.surfaces.counting import counted
from rotation.surfaces.orders.forget import FORGET, Wish
from rotation.surfaces.wrong import Refused


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
    by = by_hand(author, reason or ("a look" if dry_run else ""))
    with at_counter(context, config) as desk, no_nonsense():
        way, wish = way_to(desk), Wish(person)
        found = way.weigh(FORGET, wish, by)
        (key,) = found.people
        problems = [(one.what, one.fix) for one in found.problems]
        if dry_run:
            _say_what_would_be(key, problems, as_data=as_data)
            return
        if problems:
            with suppress(Refused):
                way.refuse(FORGET, wish, by, found)
            _refuse(key, problems, as_data=as_data)
        meant_by_typing(found.said[0], key, yes=yes)
        _say(way.perform(FORGET, wish, by, found.gist).data, as_data=as_data)


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


def _say(found: Mapping[str, Any], *, as_data: bool) -> None:
    if as_data:
        as_json(dict(found))
        return
    key, keep = found["person"], found["keep_days"]
    ids = counted(found["ids"], "number or hidden id", "numbers or hidden ids")
    say(f"{key} is forgotten: {ids}")
    say(f"  in {counted(found['rosters'], 'stored roster')} the name and what stood beside it")
    if found["signs"]:
        say(f"  when they were last heard, in {counted(found['signs'], 'group')}")
    if found["subscriptions"]:
        say(f"  {counted(found['subscriptions'], 'subscription')}")
    if found["messages"]:
        say(f"  the name in {counted(found['messages'], 'message')}")
    say("What stays:")
    records = counted(found["records"], "record")
    say(f"  the key in {records} of the trail, each until {keep} days after")
    if found["hashed"]:
        say(f"  a keyed hash of {counted(found['hashed'], 'id')}, as they may never be added again")
    say("  backups from before (forget again after one is restored elsewhere), WhatsApp itself")
