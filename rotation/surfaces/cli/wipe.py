"""`rotation wipe` and `rotation reinstate`: who may be in no group any more, and who may again."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
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
    say_who_carries_it_out,
    stated,
)
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, instant, say
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.cli.refusing import Order
from rotation.surfaces.counting import counted
from rotation.surfaces.meant import UnclearError, meant
from rotation.surfaces.wiping import ByHand, Estimate, Report, State, estimate, left, named, report

Person = Annotated[str, typer.Argument(help="By key, by name, or by number.", metavar="PERSON")]
INTERRUPTED = 130
A_GLANCE = timedelta(seconds=0.5)
"""Between two looks at how far it is."""
_BAR = 24
_ANOTHER = "Give the account another number first"


def register(app: typer.Typer) -> None:
    app.command()(wipe)
    app.command()(reinstate)


def wipe(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    context: typer.Context,
    person: Person,
    *,
    reason: Annotated[str, typer.Option(help="Why; it is kept with what was done.")] = "",
    yes: Yes = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what it would take, and do nothing.")
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

    By key, name or number; a number that nobody knows is wiped as well. It asks for the key to be
    typed, and waits until it is done; to leave it alone (Ctrl-C) does not stop it. Ends with 0 once
    reads of every group show them in none, with 1 when something is left that only a person can do.
    `rotation reinstate` ends it. With `wipe_approval = "two"` in the settings another person has to
    `--approve` it within a day.

    Example: rotation wipe ana --reason "left the company"
    """
    with at_desk(context, config) as desk:
        order = Order(desk, "wipe", (author_or_user(author), reason))
        who = _meant(desk, person, None if show or dry_run else order)
        if show:
            _end(_shown(desk, who, person, as_data=as_data))
        if dry_run:
            _say_estimate(_estimated(desk, who), as_data=as_data)
            return
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
        found = _waited(desk, key)
        _show(found, as_data=as_data)
        _end(found)


def reinstate(
    context: typer.Context,
    person: Person,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it is kept with the wipe.")],
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Let somebody who was wiped be in groups again, as the roster says.

    Example: rotation reinstate ana --reason "back from parental leave"
    """
    why, by = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        who = _meant(desk, person)
        with desk.ledger.writing() as books:
            done = not _is_number(who) and wipes.reinstate(books, PersonId(who), by, why, desk.now)
        if not done:
            about = None if _is_number(who) else PersonId(who)
            Order(desk, "reinstate", (by, why), about).refuse(
                f"{person} is no leaver, so nothing is new"
            )
        if as_data:
            as_json({"reinstated": who, "daemon": desk.holder})
            return
        say(f"{_name(desk, who)} may be in groups again, as the roster says.")
        say_who_carries_it_out(desk.holder, ())


# -- who, and is it meant -------------------------------------------------------------------------


def _meant(desk: Desk, person: str, order: Order | None = None) -> PersonId | Phone:
    with desk.ledger.reading() as books:
        try:
            who = meant(books, desk.roster, person)
        except UnclearError as why:
            fail(str(why), why.fix, Ends.USAGE)
        known = books.people.all().get(PersonId(who))
        number = who if known is None else known.phone
        ours = [state.account for state in books.accounts.all() if number in state.own]
    for account in ours:
        text, fix = f"that is the number of the account {account} itself", _ANOTHER
        if order is not None:
            order.refuse(text, fix, Ends.USAGE)
        fail(text, fix, Ends.USAGE)
    return who


def _is_number(who: PersonId | Phone) -> bool:
    return who.startswith("+")


def _name(desk: Desk, who: PersonId | Phone) -> str:
    if _is_number(who):
        return f"the number {who}"
    with desk.ledger.reading() as books:
        return named(books, desk.roster, PersonId(who))


def _agree(desk: Desk, who: PersonId | Phone, *, yes: bool) -> None:
    """Read the effect back, and have the key typed; ends the command unless it is meant."""
    found, name = _estimated(desk, who), _name(desk, who)
    typer.echo(
        f"{name} is removed from every group of every account now, whoever wrote what in the roster"
        f" and whether anybody else is on duty, and is never added again until"
        f" `rotation reinstate`. {_known(found)}",
        err=True,
    )
    if yes:
        return
    if not sys.stdin.isatty():
        fail("nobody is there to be asked, so nothing was done", "Add --yes to do it", Ends.USAGE)
    typed = typer.prompt(f"Type {who} to do it", err=True, default="", show_default=False)
    if typed.strip() != who:
        fail("that is something else, so nothing was done", ends=Ends.PROBLEMS)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants somebody wiped, why, and who else approved it."""

    author: str
    reason: str
    approved_by: str = ""


def _approved(desk: Desk, who: PersonId | Phone, order: Order) -> Wish:
    """What somebody else asked for within a day; ends the command where nobody did."""
    with desk.ledger.reading() as books:
        known = books.people.find(Phone(who)) if _is_number(who) else PersonId(who)
        found = wipes.asked(books, known, desk.now) if known is not None else None
    by, _ = order.by
    if found is None:
        order.refuse(f"nobody asked within a day that {who} be wiped", "Ask: leave --approve out")
    if found.author == by:
        order.refuse("whoever asked for a wipe can't approve it", "Let another person, by --author")
    return Wish(found.author, found.reason, by)


def _ask(desk: Desk, who: PersonId | Phone, wish: Wish, *, as_data: bool) -> NoReturn:
    """Write down what is wished; a second person has to approve it."""
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        wipes.ask(books, key, wish.author, wish.reason, desk.now)
    if as_data:
        as_json({"person": key, "asked": True, "waits_for_approval": True})
    else:
        say(f"{_name(desk, key)} is not wiped yet: it takes a second person.")
        say(f"Within a day, by another --author: rotation wipe {key} --approve")
    raise typer.Exit(Ends.PROBLEMS)


def _key(books: Books, who: PersonId | Phone, now: datetime) -> PersonId:
    return books.people.stranger(Phone(who), None, now) if _is_number(who) else PersonId(who)


def _marked(desk: Desk, who: PersonId | Phone, wish: Wish) -> tuple[PersonId, bool]:
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        told = wish.author, wish.reason, desk.now, wish.approved_by
        return key, wipes.begin(books, key, *told)


def _say_marked(desk: Desk, key: PersonId, holder: str | None, *, new: bool, as_data: bool) -> None:
    if as_data:
        as_json({"person": key, "asked": True, "new": new, "daemon": holder})
        return
    say(f"{_name(desk, key)} {'may be in no group any more' if new else 'is a leaver already'}.")
    say_who_carries_it_out(holder, ())
    say(f"`rotation wipe --report {key}` says how far it is.")


# -- what it would take ---------------------------------------------------------------------------


def _estimated(desk: Desk, who: PersonId | Phone) -> Estimate:
    drips = {account.id: account.drip for account in desk.settings.accounts.values()}
    with desk.ledger.reading() as books:
        return estimate(books, desk.roster, drips, None if _is_number(who) else PersonId(who))


def _known(found: Estimate) -> str:
    inside = f"When last read they were in {len(found.inside)} of {counted(found.groups, 'group')}"
    watched = f", {found.watched} of them only watched" if found.watched else ""
    more = "" if found.listed else "; groups that no roster names are listed first"
    return f"{inside}{watched}{more}. It takes about {found.minutes} min."


def _say_estimate(found: Estimate, *, as_data: bool) -> None:
    if as_data:
        as_json(found)
        return
    say(_known(found))
    say(f"At most {found.calls} calls, if they are in every group that is known.")
    for group in found.inside:
        say(f"  in {group}")
    _say_by_hand(found.by_hand)
    say("Nothing was done.")


# -- how far it is --------------------------------------------------------------------------------


def _report(desk: Desk, key: PersonId) -> Report | None:
    with desk.ledger.reading() as books:
        return report(books, desk.roster, desk.settings.accounts, key, desk.clock())


def _shown(desk: Desk, who: PersonId | Phone, typed: str, *, as_data: bool) -> Report:
    found = None if _is_number(who) else _report(desk, PersonId(who))
    if found is None:
        fail(f"{typed} was never wiped", ends=Ends.PROBLEMS)
    _show(found, as_data=as_data)
    return found


def _waited(desk: Desk, key: PersonId) -> Report:
    """The report once nothing is left that the daemon can do."""
    from rotation.wiring import RealClock, rest

    clock, drip = RealClock(), min((a.drip for a in desk.settings.accounts.values()), default=1)
    with awaited("the daemon begins") as shows:
        while True:
            found = _report(desk, key)
            if found is None or found.state is not State.RUNNING:
                break
            shows(_bar(found, drip))
            if desk.holder is None:
                _gone(key)
            try:
                rest(clock, clock().at + A_GLANCE)
            except KeyboardInterrupt:
                shows("")
                say(f"The wipe goes on; `rotation wipe --report {key}` says how far it is.")
                raise typer.Exit(INTERRUPTED) from None
    if found is None:
        fail(f"{key} is no leaver any more", ends=Ends.PROBLEMS)
    return found


def _gone(key: PersonId) -> NoReturn:
    fail(
        "the daemon has gone; the wipe goes on with the next one",
        f"Start it with `rotation run`; `rotation wipe --report {key}` says how far it is",
    )


def _bar(found: Report, drip: int) -> str:
    """`[######------] 12 of 50 groups, about 5 min`."""
    of, gone = max(found.groups, 1), found.groups - len(found.to_go)
    full = _BAR * max(gone, 0) // of
    about = int(left(found, drip).total_seconds() // 60)
    return f"[{'#' * full}{'-' * (_BAR - full)}] {gone} of {found.groups} groups, about {about} min"


def _show(found: Report, *, as_data: bool) -> None:
    if as_data:
        as_json(found)
        return
    heading(f"{found.name}: {found.state}")
    say(f"  asked for {instant(found.since)} by {found.author}: {found.reason}")
    if found.proven_at is not None:
        say(f"  proven {instant(found.proven_at)} by reads of {counted(found.groups, 'group')}")
    _say_groups("removed from", found.removed)
    _say_groups("was not in", found.was_not_in)
    _say_groups("still to go", found.to_go)
    _say_groups("removed again later, from", found.again)
    if found.links:
        say(f"  {counted(found.links, 'invite link')} reset")
    _say_by_hand(found.by_hand)
    if found.reinstated_at is not None:
        by = f"{found.reinstated_by}: {found.reinstated_why}"
        say(f"  reinstated {instant(found.reinstated_at)} by {by}")


def _say_groups(what: str, groups: Sequence[str]) -> None:
    if groups:
        say(f"  {what} {len(groups)}: {', '.join(groups)}")


def _say_by_hand(found: Sequence[ByHand]) -> None:
    for one in found:
        say(f"  by hand: {one.where}: {one.why}. To do: {one.to_do}.")


def _end(found: Report) -> NoReturn:
    well = found.state in {State.COMPLETE, State.REINSTATED}
    raise typer.Exit(Ends.WELL if well else Ends.PROBLEMS)
