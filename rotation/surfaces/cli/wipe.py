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
TeamOption = Annotated[
    str,
    typer.Option("--team", help="Only that team's groups, as the roster names it.", metavar="TEAM"),
]
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
    team: TeamOption = "",
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

    With --team only out of that team's groups, for somebody who moves to another. By key, name or
    number; a number that nobody knows is wiped as well. It asks for the key to be typed, and waits
    until it is done; to leave it alone (Ctrl-C) does not stop it. Ends with 0 once reads of every
    group show them in none, with 1 when something is left that only a person can do.
    `rotation reinstate` ends it. With `wipe_approval = "two"` in the settings another person has to
    `--approve` it within a day.

    Example: rotation wipe ana --reason "left the company"
    """
    with at_desk(context, config) as desk:
        order = Order(desk, "wipe", (author_or_user(author), reason))
        who = Whom(_meant(desk, person, None if show or dry_run else order), team)
        if show:
            _end(_shown(desk, who, person, as_data=as_data))
        _check_team(desk, team)
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


def reinstate(  # noqa: PLR0913 - as above
    context: typer.Context,
    person: Person,
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
    why, by = stated(reason), author_or_user(author)
    with at_desk(context, config) as desk:
        who = Whom(_meant(desk, person), team)
        key = who.key
        with desk.ledger.writing() as books:
            done = key is not None and wipes.reinstate(books, key, by, why, desk.now, team)
        if not done:
            text, fix = _no_leaver(desk, who, person)
            Order(desk, "reinstate", (by, why), key).refuse(text, fix)
        if as_data:
            as_json({"reinstated": who.said, "team": team, "daemon": desk.holder})
            return
        say(f"{_name(desk, who)} may be in {who.groups} again, as the roster says.")
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


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is meant, by key or by a number that nobody has, and the team; "" for every group."""

    said: PersonId | Phone
    team: str = ""

    @property
    def key(self) -> PersonId | None:
        return None if self.said.startswith("+") else PersonId(self.said)

    @property
    def groups(self) -> str:
        return f"the groups of team {self.team}" if self.team else "groups"

    @property
    def flag(self) -> str:
        return f" --team {self.team}" if self.team else ""


def _check_team(desk: Desk, team: str) -> None:
    """End the command where the roster in force has no groups of the team."""
    teams = {group.team for group in desk.roster.groups.values() if group.team}
    if team and team not in teams:
        known = f"It has: {', '.join(sorted(teams))}" if teams else "Write `team: NAME` in a roster"
        fail(f"the roster has no group of a team {team}", known, Ends.USAGE)


def _no_leaver(desk: Desk, who: Whom, typed: str) -> tuple[str, str]:
    """Why nobody is reinstated, and what would be."""
    with desk.ledger.reading() as books:
        theirs = [m.team for m in books.leavers.standing() if m.person == who.key]
    other = next(iter(theirs), None)
    fix = "" if other is None else f"Say --team {other}" if other else "Leave --team out"
    return f"{typed} is no leaver{f' of team {who.team}' if who.team else ''}", fix


def _name(desk: Desk, who: Whom) -> str:
    if who.key is None:
        return f"the number {who.said}"
    with desk.ledger.reading() as books:
        return named(books, desk.roster, who.key)


def _agree(desk: Desk, who: Whom, *, yes: bool) -> None:
    """Read the effect back, and have the key typed; ends the command unless it is meant."""
    found, name = _estimated(desk, who), _name(desk, who)
    where = f"every group of team {who.team}" if who.team else "every group of every account"
    typer.echo(
        f"{name} is removed from {where} now, whoever wrote what in the roster"
        f" and whether anybody else is on duty, and is never added again until"
        f" `rotation reinstate`. {_known(found)}",
        err=True,
    )
    if yes:
        return
    if not sys.stdin.isatty():
        fail("nobody is there to be asked, so nothing was done", "Add --yes to do it", Ends.USAGE)
    typed = typer.prompt(f"Type {who.said} to do it", err=True, default="", show_default=False)
    if typed.strip() != who.said:
        fail("that is something else, so nothing was done", ends=Ends.PROBLEMS)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants somebody wiped, why, and who else approved it."""

    author: str
    reason: str
    approved_by: str = ""


def _approved(desk: Desk, who: Whom, order: Order) -> Wish:
    """What somebody else asked for within a day; ends the command where nobody did."""
    with desk.ledger.reading() as books:
        known = who.key or books.people.find(Phone(who.said))
        found = None if known is None else wipes.asked(books, known, desk.now, who.team)
    by, _ = order.by
    if found is None:
        text = f"nobody asked within a day that {who.said} be wiped{who.flag}"
        order.refuse(text, "Ask: leave --approve out")
    if found.author == by:
        order.refuse("whoever asked for a wipe can't approve it", "Let another person, by --author")
    return Wish(found.author, found.reason, by)


def _ask(desk: Desk, who: Whom, wish: Wish, *, as_data: bool) -> NoReturn:
    """Write down what is wished; a second person has to approve it."""
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        wipes.ask(books, key, wish.author, wish.reason, desk.now, who.team)
    if as_data:
        as_json({"person": key, "asked": True, "waits_for_approval": True})
    else:
        say(f"{_name(desk, Whom(key))} is not wiped yet: it takes a second person.")
        say(f"Within a day, by another --author: rotation wipe {key}{who.flag} --approve")
    raise typer.Exit(Ends.PROBLEMS)


def _key(books: Books, who: Whom, now: datetime) -> PersonId:
    return who.key or books.people.stranger(Phone(who.said), None, now)


def _marked(desk: Desk, who: Whom, wish: Wish) -> tuple[Whom, bool]:
    of = wipes.Team.of(desk.roster, who.team) if who.team else None
    with desk.ledger.writing() as books:
        key = _key(books, who, desk.now)
        told = wish.author, wish.reason, desk.now, wish.approved_by
        return Whom(key, who.team), wipes.begin(books, key, *told, of=of)


def _say_marked(desk: Desk, who: Whom, holder: str | None, *, new: bool, as_data: bool) -> None:
    if as_data:
        as_json({"person": who.said, "team": who.team, "asked": True, "new": new, "daemon": holder})
        return
    may = f"may be in no group{f' of team {who.team}' if who.team else ''} any more"
    say(f"{_name(desk, who)} {may if new else 'is a leaver already'}.")
    say_who_carries_it_out(holder, ())
    say(f"`rotation wipe --report {who.said}{who.flag}` says how far it is.")


# -- what it would take ---------------------------------------------------------------------------


def _estimated(desk: Desk, who: Whom) -> Estimate:
    drips = {account.id: account.drip for account in desk.settings.accounts.values()}
    with desk.ledger.reading() as books:
        return estimate(books, desk.roster, drips, who.key, who.team)


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


def _report(desk: Desk, who: Whom) -> Report | None:
    if who.key is None:
        return None
    accounts = desk.settings.accounts
    with desk.ledger.reading() as books:
        return report(books, desk.roster, accounts, who.key, desk.clock(), who.team)


def _shown(desk: Desk, who: Whom, typed: str, *, as_data: bool) -> Report:
    found = _report(desk, who)
    if found is None:
        team = f" from the groups of team {who.team}" if who.team else ""
        fail(f"{typed} was never wiped{team}", ends=Ends.PROBLEMS)
    _show(found, as_data=as_data)
    return found


def _waited(desk: Desk, who: Whom) -> Report:
    """The report once nothing is left that the daemon can do."""
    from rotation.wiring import RealClock, rest

    clock, drip = RealClock(), min((a.drip for a in desk.settings.accounts.values()), default=1)
    with awaited("the daemon begins") as shows:
        while True:
            found = _report(desk, who)
            if found is None or found.state is not State.RUNNING:
                break
            shows(_bar(found, drip))
            if desk.holder is None:
                _gone(who)
            try:
                rest(clock, clock().at + A_GLANCE)
            except KeyboardInterrupt:
                shows("")
                say(
                    f"The wipe goes on; `rotation wipe --report {who.said}{who.flag}` says how far."
                )
                raise typer.Exit(INTERRUPTED) from None
    if found is None:
        fail(f"{who.said} is no leaver any more", ends=Ends.PROBLEMS)
    return found


def _gone(who: Whom) -> NoReturn:
    fail(
        "the daemon has gone; the wipe goes on with the next one",
        f"Start it with `rotation run`; `rotation wipe --report {who.said}{who.flag}` says how far",
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
    heading(f"{found.name}{f', team {found.team}' if found.team else ''}: {found.state}")
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
