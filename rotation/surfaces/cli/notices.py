"""`rotation notices`: what would be said in a group, word for word, before it is."""

from typing import Annotated

import typer

from rotation.core.roster import Mode, Policy
from rotation.roster_file.forms import language as language_form
from rotation.roster_file.problems import UnreadableError, did_you_mean
from rotation.surfaces.cli.desk import Json, at_desk
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say
from rotation.surfaces.notices import BRIEF, OCCASIONS, Spoken, previewed
from rotation.surfaces.saying import Words, city, clock_said, words_for


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
    _require(reason, language)
    with at_desk(context, config) as desk, desk.ledger.reading() as books:
        name, sight = desk.group(group), desk.sight(books)
        found = previewed(sight, name, OCCASIONS if reason is None else (reason,), language)
        words = words_for(sight.view(name), desk.now)
    if as_data:
        head = {"at": desk.now, "group": name, "mode": words.view.group.mode}
        as_json({**head, "quiet": _quiet(words.view.group.policy), "notices": found})
    else:
        _show(words, found)


_WHY = {BRIEF: "the goodbye names who leaves and who arrives"}


def _quiet(policy: Policy) -> str | None:
    """`22:00 to 07:00 Lisbon`."""
    quiet = policy.goodbye.quiet if policy.goodbye is not None else None
    if quiet is None:
        return None
    starts, ends = clock_said(quiet.hours.starts), clock_said(quiet.hours.ends)
    return f"{starts} to {ends} {city(quiet.zone)}"


def _require(reason: str | None, language: str | None) -> None:
    if reason is not None and reason not in OCCASIONS:
        fix = did_you_mean(reason, OCCASIONS)
        fail(f"`{reason}` is no reason that is said aloud", fix, Ends.USAGE)
    try:
        language_form(language or "en")
    except UnreadableError as wrong:
        fail(wrong.message, wrong.fix, Ends.USAGE)


def _show(words: Words, found: list[Spoken]) -> None:
    if words.view.group.mode is Mode.WATCH:
        say(f"{words.view.group.id} is only watched: none of this is said until it is managed.")
    if (quiet := _quiet(words.view.group.policy)) is not None:
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
