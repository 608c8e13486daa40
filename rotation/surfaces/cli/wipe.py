"""`rotation wipe` and `rotation reinstate`: who may be in no group any more, and who may again."""

from typing import Annotated

import typer

from rotation.core.roster import PersonId
from rotation.surfaces import whom as naming
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    at_desk,
    no_nonsense,
    say_who_carries_it_out,
)
from rotation.surfaces.cli.far import Far, at_counter
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, say_effects, silently
from rotation.surfaces.cli.ordering import show as show_made
from rotation.surfaces.cli.output import Ends, say
from rotation.surfaces.cli.whom import Someone, TeamOption, whom
from rotation.surfaces.cli.wipe_rehearsed import rehearse
from rotation.surfaces.cli.wipe_shown import (
    end,
    estimated,
    reported,
    say_estimate,
    say_made,
    say_report,
    shown,
    waited,
)
from rotation.surfaces.cli.wipe_there import Looked, wiped_there
from rotation.surfaces.orders.wipe import REINSTATE, WIPE, Reinstate, Wish
from rotation.surfaces.whom import Whom, require_team


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
    far = context.find_object(Far)
    if far is not None:
        how = How(yes, as_data, dry_run, word=person)
        asked = Looked(show=show, rehearsal=rehearsal, waits=not no_wait)
        wiped_there(far, Wish(person, team, approve), (author, reason), how, asked)
        return
    with at_desk(context, config) as desk:
        if show or dry_run or rehearsal:
            _looked(desk, whom(desk, person, team), person, show, dry_run, as_data)
            return
        by = by_hand(author, reason or ("approved" if approve else ""))
        with no_nonsense(), desk.ledger.reading() as books:
            word = naming.whom(books, desk.roster, person).said
        how = How(yes, as_data, word=word)
        made = ordered(desk, WIPE, Wish(person, team, approve), by, how, shown=say_effects)
        if made is None:
            return
        if "waits_for_approval" in made.data:
            say_made(made, made.data, as_data=as_data)
            raise typer.Exit(Ends.PROBLEMS)
        who, holder = Whom(PersonId(made.name), team), desk.holder
        if no_wait or holder is None:
            say_made(made, {**made.data, "new": made.new, "daemon": holder}, as_data=as_data)
            if not as_data:
                say_who_carries_it_out(holder, ())
                say(f"`rotation wipe --report {who.said}{who.flag}` says how far it is.")
            return
        found = waited(desk, who)
        say_report(found, as_data=as_data)
        end(found)


def _looked(desk: Desk, who: Whom, typed: str, show: bool, dry_run: bool, as_data: bool) -> None:  # noqa: FBT001 - as it was typed
    """What is only looked at: how far it is, what it would take, or how it goes on a copy."""
    if show:
        end(shown(reported(desk, who), typed, who.team, as_data=as_data))
    with no_nonsense():
        require_team(desk.roster, who.team)
    if not dry_run:
        rehearse(desk, who, as_data=as_data)
    say_estimate(estimated(desk, who), as_data=as_data)


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
    by, how = by_hand(author, reason), How(as_data=as_data, asks="")
    with at_counter(context, config) as desk:
        made = ordered(desk, REINSTATE, Reinstate(person, team), by, how, shown=silently)
        if made is not None:
            show_made(desk, made, how, dict(made.data))
