"""`rotation adopt`: what raising a group's mode would do. It changes nothing."""

from typing import Annotated

import typer

from rotation.surfaces.adoption import Adoption, Raised, adoption_of
from rotation.surfaces.cli.desk import Json, at_desk
from rotation.surfaces.cli.moment import moment
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, heading, say
from rotation.surfaces.saying import listed


def register(app: typer.Typer) -> None:
    app.command()(adopt)


def adopt(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group.")],
    *,
    since: Annotated[
        str | None, typer.Option(help="What would have been done from when on; else for a day.")
    ] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """What raising a group's mode would do; nothing is changed.

    Says what it would have done while the group was only watched, what it would do now, and
    whether it seems to be the right group. The mode is raised by writing it into the roster, as
    shown at the end.
    Ends with 1 when something speaks against it.

    Example: rotation adopt umbrella-trial
    """
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        name = desk.group(group)
        found = adoption_of(desk.sight(books), name, moment(since, desk.now) if since else None)
    if as_data:
        as_json(found)
    else:
        _show(found)
    if found.doubts:
        raise typer.Exit(Ends.PROBLEMS)


def _show(found: Adoption) -> None:
    heading(f"{found.group} ({found.mode})")
    others = "" if found.others is None else f", and {found.others} whom the roster does not name"
    say(f"  in it now: {listed(found.inside)}{others}")
    if found.watched:
        say("  with `mode: managed` it would have, while it only watched:")
    for past in found.watched:
        deeds = [("add", past.added), ("remove", past.removed)]
        said = " and ".join(f"{deed} {listed(people)}" for deed, people in deeds if people)
        say(f"    {past.when}: {said}")
    for raised in found.modes:
        _show_raised(raised)
    for doubt in found.doubts:
        say(f"  careful: {doubt}")
    if not found.to_write:
        say("  nothing to raise: strict is the furthest rotation goes")
        return
    say("To raise it, write in the roster:")
    say()
    say("\n".join(f"    {line}" for line in found.to_write.splitlines()))


def _show_raised(raised: Raised) -> None:
    say(f"  with `mode: {raised.mode}`:")
    for deed, people in (("add", raised.added), ("remove", raised.removed)):
        for one in people:
            say(f"    {deed} {one.name}, because {one.why}")
    if raised.strangers:
        say(f"    remove {raised.strangers} others, when their grace is over")
    if not (raised.added or raised.removed or raised.strangers):
        say("    nobody would be added or removed now")
    if raised.held_back:
        say("    so many at once that the breaker holds the roster until `rotation release`")
