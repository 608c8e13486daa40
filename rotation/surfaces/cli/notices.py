"""`rotation notices`: what would be said in a group, word for word, before it is."""

from typing import Annotated

import typer

from rotation.core.roster import Mode
from rotation.surfaces.answers.ahead import quiet_said, said
from rotation.surfaces.cli.desk import Json, at_desk, no_nonsense
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import as_json, heading, say
from rotation.surfaces.notices import BRIEF, Spoken
from rotation.surfaces.saying import Words, words_for


def register(app: typer.Typer) -> None:
    app.command()(notices)


def notices(
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group.", show_default=False)],
    *,
    reason: Annotated[
        str | None, typer.Option(help="Only this: shift_end, ticket, warning, brief, ...")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="As if whoever is told reads this: pt, pt-BR.")
    ] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """What will be said when people leave a group or arrive, word for word; nothing is sent.

    Every text is filled in as for the next handover. For a shift's end, a brief, and a warning that
    somebody is owed, it is what will truly be said, or why it will not; for other reasons it is put
    as if the same people left for it at that instant.

    Example: rotation notices acme-vip --reason shift_end --language pt
    """
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        name, sight = desk.group(group), desk.sight(books)
        with no_nonsense():
            found, told = said(sight, name, reason, language)
        words = words_for(sight.view(name), desk.now)
    if as_data:
        as_json(told)
    else:
        _show(words, found)


_WHY = {BRIEF: "the goodbye names who leaves and who arrives"}


def _show(words: Words, found: list[Spoken]) -> None:
    if words.view.group.mode is Mode.WATCH:
        say(f"{words.view.group.id} is only watched: none of this is said until it is managed.")
    if (quiet := quiet_said(words.view.group.policy)) is not None:
        say(f"Quiet hours: {quiet}. Nothing of this is said in them.")
    if not found:
        say("Nobody leaves within sight, and nobody is owed a warning: there is nothing to say.")
    for one in found:
        who, when = words.names(one.people), words.when(one.at)
        as_if = "" if one.real else "as if it were for that: "
        if one.text is None:
            until = one.quiet_until
            why = _WHY.get(one.reason, "no text is for it")
            why = why if until is None else f"quiet hours until {words.when(until)}"
            heading(f"{one.reason}: not said; {why}")
            continue
        to = "the group" if one.to == "group" else who
        key = f"texts, `{one.key}`" if one.key is not None else "rotation's own words"
        key = "`brief`" if one.reason == BRIEF else key
        ends = ", when quiet hours end" if one.quiet_until is not None else ""
        heading(f"{one.reason}: {as_if}{who}, to {to}, {when}{ends} ({key})")
        for line in one.text.splitlines():
            say(f"  {line}")
