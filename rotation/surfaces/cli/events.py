"""`rotation events`: which systems are told of what happens, and how far each has come."""

from dataclasses import asdict
from enum import StrEnum
from typing import Annotated

import typer

from rotation.core.outcome import Accepted
from rotation.settings import Receiver, SettingsErrors
from rotation.surfaces import events as out
from rotation.surfaces.cli.desk import Desk, Json, at_desk
from rotation.surfaces.cli.far import Far
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, silently
from rotation.surfaces.cli.output import Ends, as_json, fail, instant, say, table
from rotation.surfaces.counting import counted
from rotation.surfaces.orders.replay import REPLAY, Wish


class What(StrEnum):
    LIST = "list"
    TEST = "test"
    REPLAY = "replay"


def register(app: typer.Typer) -> None:
    app.command()(events)


def events(
    context: typer.Context,
    what: Annotated[
        What, typer.Argument(help="Look, send a trial, or send again from a record on.")
    ] = What.LIST,
    *,
    to: Annotated[str | None, typer.Option(help="Which receiver, where there are several.")] = None,
    after: Annotated[
        int | None, typer.Option(min=0, help="replay: everything behind this record.")
    ] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Which systems of yours are told of what happens, and how far each has come.

    `test` sends a trial now. `replay` makes the daemon send everything behind a record again, each
    event with the id it had. Ends with 1 when a receiver takes nothing.

    Example: rotation events replay --to crm --after 1200
    """
    if (after is not None) != (what is What.REPLAY):
        fail("--after belongs to `rotation events replay`, and is needed there", ends=Ends.USAGE)
    far = context.find_object(Far)
    if far is not None:
        _replay(far, to or _only_one(far), after or 0, as_data=as_data)
        return
    with at_desk(context, config, rosterless=True) as desk:
        if what is What.LIST:
            _list(desk, as_data=as_data)
        elif what is What.TEST:
            _test(desk, _chosen(desk, to), as_data=as_data)
        else:
            _replay(desk, _chosen(desk, to).name, after or 0, as_data=as_data)


def _chosen(desk: Desk, name: str | None) -> Receiver:
    known = desk.settings.events
    if name is None and len(known) == 1:
        return next(iter(known.values()))
    if name is None or name not in known:
        names = ", ".join(known) or "none; write [events.NAME] into rotation.toml"
        fail("say which receiver is meant, with --to", f"There are: {names}", Ends.USAGE)
    return known[name]


def _list(desk: Desk, *, as_data: bool) -> None:
    with desk.ledger.reading() as books:
        known = {name: out.standing(books, name) for name in desk.settings.events}
        behind = {name: out.behind(books, found) for name, found in known.items()}
    if as_data:
        receivers = [
            {"name": name, "url": one.url, "waiting": behind[name], **_as_data(known[name])}
            for name, one in desk.settings.events.items()
        ]
        as_json({"at": desk.now, "receivers": receivers})
    else:
        table(
            ("RECEIVER", "HAS UP TO", "WAITING", "STATE"),
            (_row(name, found, behind[name]) for name, found in known.items()),
        )
        if not known:
            say("Nobody is told of events; docs/events.md says how to set that up.")
    if any(found is not None and found.failing_since for found in known.values()):
        raise typer.Exit(Ends.PROBLEMS)


def _as_data(found: out.Standing | None) -> dict[str, object]:
    empty: dict[str, object] = dict.fromkeys(out.Standing.__dataclass_fields__)
    return empty if found is None else asdict(found)


def _row(name: str, found: out.Standing | None, waiting: int) -> tuple[str, ...]:
    if found is None:
        return name, "-", "-", "never told yet; the daemon begins with what happens next"
    state = "well"
    if found.failing_since is not None:
        state = f"takes nothing since {instant(found.failing_since)}: {found.why}"
    if found.lost:
        state += f"; {counted(found.lost, 'record')} let go before it had them"
    return name, str(found.taken), str(waiting), state


def _test(desk: Desk, receiver: Receiver, *, as_data: bool) -> None:
    from rotation.providers.outward import post_event

    try:
        outcome = out.send(receiver, out.of_nothing(desk.now), desk.now, post_event)
    except SettingsErrors as why:
        fail(str(why))
    took = isinstance(outcome, Accepted)
    if as_data:
        as_json({"receiver": receiver.name, "took": took, "answer": outcome.detail})
    else:
        say(f"{receiver.name} {'took it' if took else 'did not take it'}: {outcome.detail}")
    if not took:
        raise typer.Exit(Ends.PROBLEMS)


def _replay(desk: Desk | Far, receiver: str, after: int, *, as_data: bool) -> None:
    by, how = by_hand(None, "events replay"), How(as_data=as_data, asks="")
    made = ordered(desk, REPLAY, Wish(receiver, after), by, how, shown=silently)
    if made is not None and as_data:
        as_json(dict(made.data))
    elif made is not None:
        say(*made.said)


def _only_one(far: Far) -> str:
    """The receiver that is meant elsewhere where none is named. Ends the command."""
    names = [str(one["name"]) for one in far.told("/v1/receivers", [])["receivers"]]
    if len(names) != 1:
        there = f"There are: {', '.join(names) or 'none'}"
        fail("say which receiver is meant, with --to", there, Ends.USAGE)
    return names[0]
