"""`rotation hooks`: which other systems are listened to, how to tell them, and what they told."""

from pathlib import Path
from typing import Annotated

import typer

from rotation.settings import Hook, SettingsErrors
from rotation.surfaces.answers import others
from rotation.surfaces.cli.desk import Author, Desk, Json, at_desk
from rotation.surfaces.cli.far import at_counter
from rotation.surfaces.cli.files import content_of
from rotation.surfaces.cli.grant import Reason
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.ordering import How, by_hand, ordered, silently
from rotation.surfaces.cli.output import Ends, as_json, fail, instant, say, table
from rotation.surfaces.incoming.deeds import NOTHING, TooManyError, Verdict
from rotation.surfaces.incoming.entrance import Entrance, scheme_of
from rotation.surfaces.incoming.mapping import load
from rotation.surfaces.incoming.payload import MalformedError
from rotation.surfaces.incoming.signatures import ADDRESS, address_key
from rotation.surfaces.orders.hook import LET_THROUGH, Wish

_Name = Annotated[str, typer.Argument(help="The hook, as it is named in the settings.")]


def register(app: typer.Typer) -> None:
    found = typer.Typer(
        help="Which systems of yours are listened to: tickets and subscriptions by webhook.",
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    found.callback(invoke_without_command=True)(list_)
    found.command()(address)
    found.command(name="try")(try_)
    found.command(name="let-through")(let_through)
    app.add_typer(found, name="hooks")


def list_(context: typer.Context, *, config: Config = None, as_data: Json = False) -> None:
    """Which systems of yours are listened to, and what each told last that was acted on.

    `address` is what to tell such a system, `try` says what a body of its would do. Ends with 1
    while one of them is held because it would end too many subscriptions at once.

    Example: rotation hooks
    """
    if context.invoked_subcommand is not None:
        return
    with at_desk(context, config, rosterless=True) as desk:
        with desk.ledger.reading() as books:
            found = list(others.hooks(desk.settings.hooks, books))
        if as_data:
            as_json({"at": desk.now, "hooks": found})
        else:
            table(("HOOK", "KIND", "MAPPING", "KNOWN BY", "LAST", "STATE"), map(_row, found))
            if not found:
                say("Nobody is listened to; docs/integrations.md says how to set that up.")
    if any(one.held_since is not None for one in found):
        raise typer.Exit(Ends.PROBLEMS)


def _row(one: others.Listed) -> tuple[str, ...]:
    last = "-" if one.last_at is None else f"{instant(one.last_at)} {one.last}"
    state = "well" if one.held_since is None else f"held since {instant(one.held_since)}"
    return one.name, one.kind, one.mapping, one.known_by, last, state


def address(
    context: typer.Context, name: _Name, *, config: Config = None, as_data: Json = False
) -> None:
    """The address to tell such a system. One that ends in a key is a secret itself.

    Example: rotation hooks address freshdesk
    """
    with at_desk(context, config, rosterless=True) as desk:
        hook, web = _chosen(desk, name), desk.settings.web
        base = web.url or (web.listen.url if web.listen is not None else None)
        if base is None:
            fail('web.listen is "off", so nothing can come in', "Set it", Ends.PROBLEMS)
        found, scheme = f"{base}/hooks/{hook.kind}", scheme_of(hook, load(hook.mapping))
        if scheme == ADDRESS:
            try:
                found = f"{found}/{address_key(hook.secret.reveal(), hook.name)}"
            except SettingsErrors as why:
                fail(str(why))
    if as_data:
        as_json({"hook": name, "address": found, "known_by": scheme})
        return
    say(found)
    if web.url is None:
        say("It is reached from this machine only; set web.url to where the world reaches it.")


def try_(
    context: typer.Context,
    name: _Name,
    file: Annotated[Path, typer.Argument(help="A body as that system sends it, as JSON.")],
    *,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """What a body would do now, if that system sent it. Nothing of it is done.

    Ends with 1 where nothing can be done by it.

    Example: rotation hooks try stripe deleted.json
    """
    with at_desk(context, config) as desk:
        hook = _chosen(desk, name)
        entrance = Entrance(desk.ledger, {hook.name: hook}, desk.clock, lambda _accounts: None)
        try:
            found = entrance.trial(content_of(file))
        except (MalformedError, TooManyError) as why:
            fail(str(why), ends=Ends.PROBLEMS)
    if as_data:
        as_json({"hook": name, "would": [one.told for one in found]})
    else:
        for one in found:
            say(_said(one))
        if not found:
            say("It asks for nothing that the mapping knows.")
    if not any(one.is_new for one in found):
        raise typer.Exit(Ends.PROBLEMS)


def _said(one: Verdict) -> str:
    why = f": {one.why}" if one.why else ""
    if one.done == NOTHING:
        return f"{one.told['about']}: nothing would be done{why}."
    return f"{one.told['about']} would be {one.done}{why}."


def let_through(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    name: _Name,
    *,
    most: Annotated[int, typer.Option(min=1, help="So many more may lose their place.")],
    reason: Reason,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Say that a hook which is held means what it tells: so many more subscriptions may end.

    Its sender tries again by itself, most of them for days. It counts for four days.

    Example: rotation hooks let-through stripe --most 300 --reason "the trial is over"
    """
    by, how = by_hand(author, reason), How(as_data=as_data, asks="")
    with at_counter(context, config) as desk:
        made = ordered(desk, LET_THROUGH, Wish(name, most), by, how, shown=silently)
        if made is not None and as_data:
            as_json({**made.data, "new": made.new})
        elif made is not None:
            say(*made.said)


def _chosen(desk: Desk, name: str) -> Hook:
    known = desk.settings.hooks
    if name not in known:
        names = ", ".join(known) or "none; write [hooks.NAME] into rotation.toml"
        fail(f"there is no hook `{name}`", f"There are: {names}", Ends.USAGE)
    return known[name]
