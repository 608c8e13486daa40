"""What a person does by hand: handover, undo, release. Each says its effect before it acts.

They write to the ledger and to nothing else; the engine sees it and carries it out.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import typer

from rotation.core.facts import Effect, Grant
from rotation.core.roster import GroupId
from rotation.surfaces.answers.people import undoable, undoable_told
from rotation.surfaces.cli.change_shown import show_moves
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    at_desk,
)
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.grant import DryRun
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, counter_of, ordered, show, silently
from rotation.surfaces.cli.output import as_json, say, table
from rotation.surfaces.orders import (
    Weighed,
)
from rotation.surfaces.orders import (
    handover as handovers,
)
from rotation.surfaces.orders import (
    release as releases,
)
from rotation.surfaces.orders import (
    undo as undoing,
)
from rotation.surfaces.orders.change import CHANGE
from rotation.surfaces.saying import listed, words_for

_Reason = Annotated[str, typer.Option("--reason", help="Why; it is kept with what was done.")]


def register(app: typer.Typer) -> None:
    app.command()(handover)
    app.command()(undo)
    app.command()(release)


# -- handover -----------------------------------------------------------------------------


def handover(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    groups: Annotated[list[str], typer.Argument(help="The group, or several.", metavar="GROUP")],
    *,
    reason: _Reason,
    incoming: Annotated[
        list[str] | None,
        typer.Option("--in", help="Who comes and counts as on duty.", metavar="PERSON"),
    ] = None,
    outgoing: Annotated[
        list[str] | None,
        typer.Option("--out", help="Who goes, once others are seen.", metavar="PERSON"),
    ] = None,
    at: Annotated[
        str | None, typer.Option(help='From when: "2027-03-14 02:30 Europe/Lisbon"; else now.')
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Until when; else until the group's next handover.")
    ] = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Hand a group over by hand, now or at an instant.

    Says what will happen and asks before anything is written. It ends by itself, or by
    `rotation undo`. Asking for the same twice changes nothing. Ends with 1, and changes nothing,
    when something speaks against it: a leaver, a pin or another grant that would keep the person.

    Example: rotation handover acme-vip --in ben --out ana --reason "Ana is ill"
    """
    by = by_hand(author, reason)
    wish = handovers.Wish(
        tuple(groups), tuple(incoming or ()), tuple(outgoing or ()), at or "", until or ""
    )
    how = How(yes, as_data, dry_run)
    with at_counter(context, config) as desk:
        made = ordered(desk, handovers.HANDOVER, wish, by, how, problems=_by_group)
        if made is not None:
            show(desk, made, how, {"done": True, "new": made.new, **made.data})


def _by_group(found: Weighed) -> object:
    return [{"group": one.group, "problem": one.what} for one in found.problems]


# -- undo ---------------------------------------------------------------------------------


def undo(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="What to end, like h12; without it, what there is.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End a handover, a grant or a change of duty by hand now, all of it.

    Without a name, lists what can be ended. Of an edit of the roster files (r7): put back what they
    said before it, while they are as it left them.

    Example: rotation undo h12
    """
    if name is None:
        with at_desk(context, config) as here:
            _list_undoable(here, as_data=as_data)
            return
    with at_counter(context, config) as desk:
        by = by_hand(author, reason or "undone")
        how = How(yes, as_data, dry_run, asks=f"End {name} now?")
        shown = show_moves if CHANGE.fullmatch(name) else None
        made = ordered(desk, undoing.UNDO, undoing.Wish(name), by, how, shown)
        if made is not None:
            show(desk, made, how, {"new": made.new, **made.data})


def _list_undoable(desk: Desk, *, as_data: bool) -> None:
    with desk.ledger.reading() as books:
        sight = desk.sight(books)
        found = undoable(counter_of(desk), sight)
    by_name, changes = found.grants, found.others
    if as_data:
        as_json(undoable_told(sight, found))
        return
    rows = [_undoable(desk, name, grants) for name, grants in by_name.items()]
    if rows or not changes:
        table(("ID", "GROUP", "IN", "OUT", "UNTIL", "BY", "WHY"), rows)
    if changes:
        say("" if rows else "Changes of duty, and the last edit of the roster files")
        table(("ID", "GROUP", "WHAT", "WHO", "WHEN", "BY", "WHY"), changes)


def _undoable(desk: Desk, name: str, grants: Sequence[Grant]) -> tuple[str, ...]:
    def people(effect: Effect) -> str:
        who = dict.fromkeys(g.person for g in grants if g.effect is effect)
        return listed(map(desk.name, who), "-")

    first = grants[0]
    until = "open" if first.until is None else _when(desk, first.group, first.until)
    groups = ", ".join(dict.fromkeys(g.group for g in grants))
    return (name, groups, people(Effect.IN), people(Effect.OUT), until, first.author, first.reason)


def _when(desk: Desk, group: GroupId, at: datetime) -> str:
    if group not in desk.roster.groups:
        return f"{at:%Y-%m-%d %H:%M} UTC"
    with desk.ledger.reading() as books:
        return words_for(desk.view(books, group), desk.now).when(at)


# -- release ------------------------------------------------------------------------------


def release(
    context: typer.Context,
    hold: Annotated[int, typer.Argument(help="Its number, as `rotation holds` shows it.")],
    *,
    reason: _Reason,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """End a hold by a person's word.

    Ends with 1 when the hold is not a person's to end; it says whose.

    Example: rotation release 7 --reason "the new roster is meant"
    """
    by, how = by_hand(author, reason), How(as_data=as_data, asks="")
    with at_counter(context, config) as desk:
        wish = releases.Wish(hold)
        made = ordered(desk, releases.RELEASE, wish, by, how, shown=silently)
        if made is not None:
            show(desk, made, how, {"hold": hold, "asked": True, "new": made.new})
