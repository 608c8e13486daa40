"""A wipe at the command line: what it would take, how far it is while somebody waits, its end."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import NoReturn

import typer

from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, instant, say
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.counting import counted
from rotation.surfaces.orders import Made
from rotation.surfaces.whom import Whom
from rotation.surfaces.wiping import (
    ByHand,
    Estimate,
    Report,
    State,
    estimate,
    left,
    outlook,
    report,
)

INTERRUPTED = 130
A_GLANCE = timedelta(seconds=0.5)
"""Between two looks at how far it is."""
_BAR = 24


def estimated(desk: Desk, who: Whom) -> Estimate:
    drips = {account.id: account.drip for account in desk.settings.accounts.values()}
    with desk.ledger.reading() as books:
        return estimate(books, desk.roster, drips, who.key, who.team)


def say_estimate(found: Estimate, *, as_data: bool) -> None:
    if as_data:
        as_json(found)
        return
    say(outlook(found))
    say(f"At most {found.calls} calls, if they are in every group that is known.")
    for group in found.inside:
        say(f"  in {group}")
    say_by_hand(found.by_hand)
    say("Nothing was done.")


def reported(desk: Desk, who: Whom) -> Report | None:
    if who.key is None:
        return None
    accounts = desk.settings.accounts
    with desk.ledger.reading() as books:
        return report(books, desk.roster, accounts, who.key, desk.clock(), who.team)


def shown(found: Report | None, typed: str, team: str, *, as_data: bool) -> Report:
    if found is None:
        of_team = f" from the groups of team {team}" if team else ""
        fail(f"{typed} was never wiped{of_team}", ends=Ends.PROBLEMS)
    say_report(found, as_data=as_data)
    return found


def waited(desk: Desk, who: Whom) -> Report:
    """The report once nothing is left that the daemon can do."""
    drip = min((a.drip for a in desk.settings.accounts.values()), default=1)

    def look() -> tuple[Report | None, int]:
        found = reported(desk, who)
        if found is not None and found.state is State.RUNNING and desk.holder is None:
            _gone(who)
        return found, 0 if found is None else int(left(found, drip).total_seconds() // 60)

    return waited_for(look, who, A_GLANCE)


def waited_for(
    look: Callable[[], tuple[Report | None, int]], who: Whom, between: timedelta
) -> Report:
    """The same, by looks that say how many minutes more it takes, with a rest between them."""
    from rotation.wiring import RealClock, rest

    clock = RealClock()
    with awaited("the daemon begins") as shows:
        try:
            while True:
                found, minutes = look()
                if found is None or found.state is not State.RUNNING:
                    break
                shows(_bar(found, minutes))
                rest(clock, clock().at + between)
        except KeyboardInterrupt:
            shows("")
            say(f"The wipe goes on; `rotation wipe --report {who.said}{who.flag}` says how far.")
            raise typer.Exit(INTERRUPTED) from None
    if found is None:
        fail(f"{who.said} is no leaver any more", ends=Ends.PROBLEMS)
    return found


def _gone(who: Whom) -> NoReturn:
    fail(
        "the daemon has gone; the wipe goes on with the next one",
        f"Start it with `rotation run`; `rotation wipe --report {who.said}{who.flag}` says how far",
    )


def _bar(found: Report, about: int) -> str:
    """`[######------] 12 of 50 groups, about 5 min`."""
    of, gone = max(found.groups, 1), found.groups - len(found.to_go)
    full = _BAR * max(gone, 0) // of
    return f"[{'#' * full}{'-' * (_BAR - full)}] {gone} of {found.groups} groups, about {about} min"


def say_report(found: Report, *, as_data: bool) -> None:
    if as_data:
        as_json(found)
        return
    heading(f"{found.name}{f', team {found.team}' if found.team else ''}: {found.state}")
    say(f"  asked for {instant(found.since)} by {found.author}: {found.reason}")
    if found.proven_at is not None:
        say(f"  proven {instant(found.proven_at)} by reads of {counted(found.groups, 'group')}")
    say_groups("removed from", found.removed)
    say_groups("was not in", found.was_not_in)
    say_groups("still to go", found.to_go)
    say_groups("removed again later, from", found.again)
    if found.links:
        say(f"  {counted(found.links, 'invite link')} reset")
    say_by_hand(found.by_hand)
    if found.reinstated_at is not None:
        by = f"{found.reinstated_by}: {found.reinstated_why}"
        say(f"  reinstated {instant(found.reinstated_at)} by {by}")


def say_groups(what: str, groups: Sequence[str]) -> None:
    if groups:
        say(f"  {what} {len(groups)}: {', '.join(groups)}")


def say_by_hand(found: Sequence[ByHand]) -> None:
    for one in found:
        say(f"  by hand: {one.where}: {one.why}. To do: {one.to_do}.")


def end(found: Report) -> NoReturn:
    well = found.state in {State.COMPLETE, State.REINSTATED}
    raise typer.Exit(Ends.WELL if well else Ends.PROBLEMS)


def say_made(made: Made, told: Mapping[str, object], *, as_data: bool) -> None:
    if as_data:
        as_json(told)
    for sentence in () if as_data else made.said:
        say(sentence)
