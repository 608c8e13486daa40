"""Looking at the groups: status, plan, next and explain. They change nothing."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

import typer

from rotation.core.roster import Mode
from rotation.surfaces import board
from rotation.surfaces.answers.ahead import MOST_NEXT, next_of, plan_told, planned, sharing, why
from rotation.surfaces.answers.standing import looked, status_told
from rotation.surfaces.cli.desk import Json, OneGroup, at_desk, left_out, no_nonsense
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say, table
from rotation.surfaces.explain import Explained
from rotation.surfaces.plan import Ahead, GroupPlan
from rotation.surfaces.saying import Words, length_said, words_for
from rotation.surfaces.sight import SeenRoom, about

SOMETHING_TO_DO = 2
"""How `plan --exit-code` ends when a step is open."""
_SLOWED = "the provider asked for fewer; twice as many after each quarter of an hour of calm"
_NEXT = 5


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command()(plan)
    app.command(name="next")(next_)
    app.command()(explain)


# -- status -------------------------------------------------------------------------------


def status(
    context: typer.Context,
    group: OneGroup = None,
    *,
    replicas: Annotated[
        bool, typer.Option("--replicas", help="Which daemons share the ledger, and who has what.")
    ] = False,
    config: Config = None,
    as_data: Json = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 1 when something needs a person.")
    ] = False,
) -> None:
    """Who is in each group, who comes and goes, what is in the way.

    Answered from the ledger: what the last believed read of each group showed, and how long ago.
    Ends with 0; with --exit-code, ends with 1 when something needs a person.

    Example: rotation status acme-vip
    """
    if replicas:
        from rotation.surfaces.cli.replicas import show_replicas

        with at_desk(context, config, rosterless=True) as desk:
            show_replicas(desk, as_data=as_data)
        return
    with at_desk(context, config, rosterless=True) as desk, desk.ledger.reading() as books:
        sight = desk.sight(books)
        found = looked(sight, desk.groups(group))
    if as_data:
        as_json(status_told(sight, found))
    else:
        _show_status(found.paused, found.general, found.rooms, desk.now)
        for one in found.slowed:
            say(f"account {one.account} makes 1 in {one.share} of its calls: {_SLOWED}")
    if exit_code and found.needs_person:
        raise typer.Exit(Ends.PROBLEMS)


def _show_status(
    paused: Iterable[board.Paused],
    general: Iterable[board.HeldUp],
    rooms: Iterable[SeenRoom],
    now: datetime,
) -> None:
    for one in paused:
        again = f", tried again in {length_said(one.until - now)}" if one.until else ""
        detail = f" ({one.detail})" if one.detail else ""
        heading(f"account {one.account} is paused{again}")
        say(f"  {one.cause}{detail}; do: {one.what_to_do}")
        say()
    for held in general:
        of = f"account {held.account}: " if held.account is not None else ""
        heading(f"{of}{held.hold}: {held.cause}")
        _show_held(held, now)
        say()
    for room, words in rooms:
        _show_room(room, words, now)


def _show_room(room: board.Room, words: Words | None, now: datetime) -> None:
    how = "closed" if room.closed else room.mode
    heading(f"{room.group} ({how}, {_as_of(room.read_at, now)})")
    if words is not None:
        _show_people(room, words)
    if room.others:
        others = "1 other" if room.others == 1 else f"{room.others} others"
        say(f"  {'others':<10} {others} whom the roster does not name here")
    for name in room.missing:
        say(f"  {'missing':<10} {name}, who is always in; do: add them by hand")
    for held in room.held:
        _show_held(held, now)
    say()


def _show_people(room: board.Room, words: Words) -> None:
    watched = room.mode is Mode.WATCH
    for standing in board.Standing:
        for place in room.standing(standing):
            label = f"would be {standing}" if watched and place.move else str(standing)
            say(f"  {label:<10} {place.name}{_colon(about(place, words))}")


def _colon(text: str) -> str:
    return f": {text}" if text else ""


def _show_held(held: board.HeldUp, now: datetime) -> None:
    number = f"hold {held.id}" if held.id is not None else "hold"
    about = f" of {held.name}" if held.name else ""
    detail = f" ({held.detail})" if held.detail else ""
    since = f" for {length_said(now - held.since)}" if held.id is not None else ""
    say(f"  {number}{about}: {held.hold}{since}: {held.cause}{detail}")
    say(f"    do: {held.what_to_do}; lifted by {held.lifted_by}")


def _as_of(read_at: datetime | None, now: datetime) -> str:
    return "never read" if read_at is None else f"as of {length_said(_age(read_at, now))} ago"


def _age(read_at: datetime, now: datetime) -> timedelta:
    return max(now - read_at, timedelta(0))


# -- plan ---------------------------------------------------------------------------------


def plan(
    context: typer.Context,
    group: OneGroup = None,
    *,
    fresh: Annotated[
        bool,
        typer.Option(help="Read the group first. Counts as a call, and needs the credentials."),
    ] = False,
    config: Config = None,
    as_data: Json = False,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 2 when there is something to do.")
    ] = False,
) -> None:
    """What rotation would do now, why, and when it will be done.

    The very decision the engine acts on, from the facts in the ledger; works with and without a
    daemon. The times hold if no call fails. With --exit-code, ends with 2 when a step is open.

    Example: rotation plan acme-vip --fresh
    """
    if fresh and group is None:
        fail("--fresh reads one group", "Name it: rotation plan GROUP --fresh", Ends.USAGE)
    with at_desk(context, config) as desk:
        names = desk.groups(group)
        if fresh:
            from rotation.surfaces.cli.fresh import read_now

            read_now(desk, names[0])
            desk = desk.later()  # noqa: PLW2901 - the read took its time
        with desk.ledger.reading() as books:
            sight = desk.sight(books)
            groups = sight.roster.groups if group is None else sharing(sight, names[0])
            found, views = planned(sight, desk.settings, left_out, groups)
    shown = [one for one in found if one.group in names]
    if as_data:
        as_json(plan_told(sight, shown))
    else:
        words = {view.group.id: words_for(view, desk.now) for view in views}
        for one in shown:
            _show_plan(one, words[one.group])
    if exit_code and any(one.has_work for one in shown):
        raise typer.Exit(SOMETHING_TO_DO)


def _show_plan(found: GroupPlan, words: Words) -> None:
    heading(f"{found.group} ({found.mode}, {_as_of(found.read_at, words.now)})")
    if found.read_at is None:
        say("  never read: nobody is known to be inside, so the first step is a read")
    if not found.steps:
        say("  nothing to do")
    for step in found.steps:
        say(f"  {step.sentence}")
    if found.done_at is not None:
        say(f"  done in about {length_said(found.done_at - words.now)}, if no call fails")
    if found.next is not None:
        say(f"  next: {found.next.local}: {_moves(found.next)}{_done(found.next)}")
    say()


def _moves(ahead: Ahead) -> str:
    come = [f"{name} in" for name in ahead.incoming]
    go = [f"{name} out" for name in ahead.outgoing]
    return ", ".join(come + go)


def _done(ahead: Ahead) -> str:
    if ahead.done_at is None:
        return ""
    if ahead.done_at <= ahead.at:
        return "; done by then"
    return f"; proven about {length_said(ahead.done_at - ahead.at)} later"


# -- next ---------------------------------------------------------------------------------


def next_(
    context: typer.Context,
    group: OneGroup = None,
    *,
    count: Annotated[int, typer.Option(help="How many per group.", min=1, max=MOST_NEXT)] = 1,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """The handovers that come next in each group.

    When, who comes and who goes, by the roster in force and by what was done by hand since.

    Example: rotation next acme-vip --count 5
    """
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        views = desk.sound(books, desk.groups(group))
    found = [one for view in views for one in next_of(view, desk.now, count)]
    if as_data:
        as_json({"at": desk.now, "handovers": found})
        return
    rows = sorted(found, key=lambda one: (str(one["at"]), str(one["group"])))
    table(
        ("WHEN", "GROUP", "IN", "OUT", "THEN ON DUTY"),
        ([str(one["local"]), str(one["group"]), *map(_joined, _sides(one))] for one in rows),
    )


def _sides(one: dict[str, object]) -> Iterable[object]:
    return one["in"], one["out"], one["on_duty"]


def _joined(names: object) -> str:
    return ", ".join(names) if isinstance(names, list) and names else "-"


# -- explain ------------------------------------------------------------------------------


def explain(
    context: typer.Context,
    person: Annotated[str, typer.Argument(help="Their key in the roster, or their name.")],
    group: Annotated[str, typer.Argument(help="The group.")],
    *,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Why somebody is in a group or not, and until when.

    Example: rotation explain ben acme-vip
    """
    with at_desk(context, config) as desk, desk.ledger.reading() as books, no_nonsense():
        found = why(desk.sight(books), desk.group(group), person)
    if as_data:
        as_json(found)
    else:
        _show_explained(found)


def _show_explained(found: Explained) -> None:
    heading(f"{found.name} in {found.group}")
    for line in found.sentences:
        say(f"  {line}")
