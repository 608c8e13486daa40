"""`rotation close`: a group that is over says so, and empties but for those who are kept."""

import sys
from typing import Annotated

import typer

from rotation.core.facts import Closing, Seen
from rotation.core.roster import GroupId, Mode, PersonId
from rotation.engine import GroupView, farewell
from rotation.engine.closing import going, kept
from rotation.ledger import Books
from rotation.surfaces.board import others_in
from rotation.surfaces.cli.desk import (
    Author,
    Desk,
    Json,
    Yes,
    agreed,
    at_desk,
    author_or_user,
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.grant import DryRun, Reason, nothing_done
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, say
from rotation.surfaces.saying import words_for


def register(app: typer.Typer) -> None:
    app.command()(close)


def close(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    group: Annotated[str, typer.Argument(help="The group.", metavar="GROUP")],
    *,
    message: Annotated[str, typer.Option(help="What is said in the group before all leave.")],
    reason: Reason,
    everyone: Annotated[
        bool, typer.Option("--everyone", help="Also whom nobody wrote down: customers.")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Close a group: its message is said once, then everyone but the kept leaves by drip.

    Kept are who is always in, our own account, the creator, admins where the policy protects them,
    and whom nobody wrote down (customers), but with --everyone. Nobody is added to it any more.
    `rotation reopen GROUP` takes it back until the last of them has left.

    Example: rotation close acme-vip --message "Thank you all, we are done." --reason "project over"
    """
    by, text = (author_or_user(author), stated(reason)), message.strip()
    if not text or len(text) > _LONGEST:
        fail(f"the message has {len(text)} characters", f"Write 1 to {_LONGEST}", Ends.USAGE)
    with at_desk(context, config) as desk:
        where = desk.group(group)
        asked = Closing(where, text, everyone, by[0], by[1], desk.now)
        with desk.ledger.reading() as books:
            view, known = desk.view(books, where), books.closings.of(where)
            effect = effect_of(view, asked, desk)
        if known is not None:
            _show(desk, where, "was closed already", "", as_data=as_data, new=False)
            return
        if view.group.mode is Mode.WATCH:
            fail(f"{where} is only watched, so nobody would be removed",
                 f"Look at `rotation adopt {where}`", Ends.PROBLEMS)  # fmt: skip
        if not as_data or not yes:
            typer.echo(effect, err=True)
        if dry_run:
            nothing_done(effect, as_data=as_data)
            return
        if not _typed(where, yes=yes):
            fail("nothing was done", ends=Ends.PROBLEMS)
        later = desk.later()
        with later.ledger.writing() as books:
            farewell.close(books, Closing(where, text, everyone, by[0], by[1], later.now))
        _show(desk, where, "is closed", effect, as_data=as_data, new=True)


_LONGEST = 4096


def _typed(group: GroupId, *, yes: bool) -> bool:
    """Whether somebody at the terminal types the group's name."""
    if yes or not sys.stdin.isatty():
        return agreed("", yes=yes)
    found: str = typer.prompt(f"Type {group} to close it", default="", show_default=False, err=True)
    return found.strip() == group


def effect_of(view: GroupView, asked: Closing, desk: Desk) -> str:
    """Who would leave and who would stay, as far as the last read shows it."""
    words, seats = words_for(view, desk.now), view.facts.seats
    stays = (view.facts.kept | kept(view.group, seats)) & _inside(view)
    leaves = going(asked, seats, view.identities) - stays
    others = others_in(view)
    leave = "leaves" if len(leaves) <= 1 else "leave, one after the other"
    told = [f"The message is said in {asked.group}; then {words.names(leaves)} {leave}."]
    if stays:
        told.append(f"{words.names(stays)} stay{'s' if len(stays) == 1 else ''}.")
    if others and asked.everyone:
        too = "leaves" if others == 1 else "leave"
        told.append(f"{others} whom nobody wrote down {too} too, but for the creator and admins.")
    elif others:
        told.append(f"{others} whom nobody wrote down stay{'s' if others == 1 else ''}.")
    told.append("Nobody is added any more.")
    return " ".join(told)


def _inside(view: GroupView) -> frozenset[PersonId]:
    return frozenset(p for p, seat in view.facts.seats.items() if seat.seen is Seen.IN)


def reopened(
    desk: Desk, closing: Closing, by: tuple[str, str], *, yes: bool, as_data: bool
) -> None:
    """Take a closing back, as long as somebody is still to leave."""
    group = closing.group
    if closing.done_at is not None:
        fail(
            f"everyone has left {group}, so it is closed for good",
            "To use its chat again give the group another name in the roster",
            Ends.PROBLEMS,
        )
    if not agreed(f"Open {group} again?", yes=yes):
        fail("nothing was done", ends=Ends.PROBLEMS)
    later = desk.later()
    with later.ledger.writing() as books:
        farewell.reopen(books, closing, by, later.now)
    effect = f"Whoever has a right to be in {group} comes back."
    _show(desk, group, "is open again", effect, as_data=as_data, new=True)


def closed(books: Books, name: str) -> Closing | None:
    return books.closings.of(GroupId(name.strip()))


def _show(desk: Desk, group: GroupId, how: str, effect: str, *, as_data: bool, new: bool) -> None:
    holder = desk.holder
    if as_data:
        as_json({"group": group, "new": new, "effect": effect, "daemon": holder})
        return
    say(f"{group} {how}{'.' if new else ', so nothing is new.'}")
    if new:
        say_who_carries_it_out(holder, (group,))
