"""`rotation wipe` and `rotation reinstate`: who may be in no group any more, and who may again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NoReturn

import typer

from rotation.core.roster import PersonId, Phone
from rotation.engine import wipes
from rotation.ledger import Books
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    at_desk,
    author_or_user,
    meant_by_typing,
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, say
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.cli.whom import (
    Someone,
    TeamOption,
    Whom,
    check_team,
    name_of,
    no_leaver,
    whom,
)
from rotation.surfaces.cli.wipe_rehearsed import rehearse
from rotation.surfaces.cli.wipe_shown import (
    end,
    estimated,
    outlook,
    say_estimate,
    say_report,
    shown,
    waited,
)


def register(app: typer.Typer) -> None:
    app.command()(wipe)
    app.command()(reinstate)


def wipe(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    person: Someone,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")] = "",
    team: TeamOption = "",
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take, and do nothing.")
    ] = False,
    rehearsal: Annotated[
        bool, typer.Option("--rehearse", help="Carry it out on a copy, and say how it went there.")
    ] = False,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Write it down, and end at once.")
    ] = False,
    approve: Annotated[
        bool,
        typer.Option("--approve", help="Say yes to one that somebody else asked for."),
    ] = False,
    show: Annotated[
        bool, typer.Option("--report", help="How far it is, or what came of it. Nothing is done.")
    ] = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Take somebody out of every group, in the roster or not, and never let them in again.

    With --team only out of that team's groups, for somebody who moves to another. By key, name or
    number; a number that nobody knows is wiped as well. It asks for the key to be typed, and waits
    until it is done; to leave it alone (Ctrl-C) does not stop it. Ends with 0 once reads of every
    group show them in none, with 1 when something is left that only a person can do.
    `rotation reinstate` ends it. With `wipe_approval = "two"` in the settings another person has to
    `--approve` it within a day.

    --rehearse does all of that on a copy, with nothing sent or written, and says how it went.

    Example: rotation wipe ana --rehearse && rotation wipe ana --reason "left the company"
    """
    with at_desk(context, config) as desk:
        order = Order(desk, "wipe", (author_or_user(author), reason))
        is_meant = not (show or dry_run or rehearsal)
        who = whom(desk, person, team, order if is_meant else None)
        if show:
            end(shown(desk, who, person, as_data=as_data))
        check_team(desk, team)
        if dry_run:
            say_estimate(estimated(desk, who), as_data=as_data)
            return
        if rehearsal:
            rehearse(desk, who, as_data=as_data)
        by = author_or_user(author)
        wish = _approved(desk, who, order) if approve else Wish(by, stated(reason))
        _agree(desk, who, yes=yes)
        desk = desk.later()  # noqa: PLW2901 - the answer took its time
        if desk.settings.wipe_approval == "two" and not approve:
            _ask(desk, who, wish, as_data=as_data)
        key, new = _marked(desk, who, wish)
        holder = desk.holder
        if no_wait or holder is None:
            _say_marked(desk, key, holder, new=new, as_data=as_data)
            return
        found = waited(desk, key)
        say_report(found, as_data=as_data)
        end(found)


def reinstate(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Someone,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the wipe.")],
    team: TeamOption = "",
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody who was wiped be in groups again, as the roster says.

    Example: rotation reinstate ana --reason "back from parental leave"
    """
    why, by = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        who = whom(desk, person, team)
        key = who.key
        with desk.ledger.writing() as books:
            done = key is not None and wipes.reinstate(books, key, by, why, desk.now, team)
        if not done:
            text, fix = no_leaver(desk, who, person)
            Order(desk, "reinstate", (by, why), key).refuse(text, fix)
        if as_data:
            as_json({"reinstated": who.said, "team": team, "daemon": desk.holder})
            return
        say(f"{name_of(desk, who)} may be in {who.groups} again, as the roster says.")
        say_who_carries_it_out(desk.holder, ())


# -- is it meant -----------------------------------------------------------------------------------


def _agree(desk: Desk, who: Whom, *, yes: bool) -> None:
    """Read the effect back, and have the key typed; ends the command unless it is meant."""
    found, name = estimated(desk, who), name_of(desk, who)
    where = f"every group of team {who.team}" if who.team else "every group of every account"
    effect = (
        f"{name} is removed from {where} now, whoever wrote what in the roster"
        f" and whether anybody else is on duty, and is never added again until"
        f" `rotation reinstate`. {outlook(found)}"
    )
    meant_by_typing(effect, who.said, yes=yes)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants somebody wiped, why, and who else approved it."""

    author: str
    reason: str
    approved_by: str = ""


def _approved(desk: Desk, who: Whom, order: Order) -> Wish:
    """What somebody else asked for within a day; ends the command where nobody did."""
    with desk.ledger.reading() as books:
        known = who.key or books.people.find(Phone(who.said))
        found = None if known is None else wipes.asked(books, known, desk.now, who.team)
    by, _ = order.by
    if found is None:
        text = f"nobody asked within a day that {who.said} be wiped{who.flag}"
        order.refuse(text, "Ask: leave --approve out")
    if found.author == by:
        order.refuse("whoever asked for a wipe can't approve it", "Let another person, by --author")
    return Wish(found.author, found.reason, by)


def _ask(desk: Desk, who: Whom, wish: Wish, *, as_data: bool) -> NoReturn:
    """Write down what is wished; a second person has to approve it."""
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        wipes.ask(books, key, wish.author, wish.reason, desk.now, who.team)
    if as_data:
        as_json({"person": key, "asked": True, "waits_for_approval": True})
    else:
        say(f"{name_of(desk, Whom(key))} is not wiped yet: it takes a second person.")
        say(f"Within a day, by another --author: rotation wipe {key}{who.flag} --approve")
    raise typer.Exit(Ends.PROBLEMS)


def _key(books: Books, who: Whom, now: datetime) -> PersonId:
    return who.key or books.people.stranger(Phone(who.said), None, now)


def _marked(desk: Desk, who: Whom, wish: Wish) -> tuple[Whom, bool]:
    of = wipes.Team.of(desk.roster, who.team) if who.team else None
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        told = wish.author, wish.reason, desk.now, wish.approved_by
        return Whom(key, who.team), wipes.begin(books, key, *told, of=of)


def _say_marked(desk: Desk, who: Whom, holder: str | None, *, new: bool, as_data: bool) -> None:
    if as_data:
        as_json({"person": who.said, "team": who.team, "asked": True, "new": new, "daemon": holder})
        return
    may = f"may be in no group{f' of team {who.team}' if who.team else ''} any more"
    say(f"{name_of(desk, who)} {may if new else 'is a leaver already'}.")
    say_who_carries_it_out(holder, ())
    say(f"`rotation wipe --report {who.said}{who.flag}` says how far it is.")
