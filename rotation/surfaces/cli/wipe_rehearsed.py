"""`rotation wipe --rehearse`: the wipe on a copy, shown while it runs and at its end."""

from datetime import timedelta
from typing import TYPE_CHECKING, NoReturn

import typer

from rotation.core.roster import AccountId
from rotation.surfaces.cli.desk import Desk
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.cli.whom import name_of
from rotation.surfaces.cli.wipe_shown import reported, say_by_hand, say_groups, say_report
from rotation.surfaces.counting import counted
from rotation.surfaces.masking import masked
from rotation.surfaces.whom import Whom
from rotation.surfaces.wiping import State

if TYPE_CHECKING:
    from rotation.surfaces.rehearsing import Rehearsed


def rehearse(desk: Desk, who: Whom, *, as_data: bool) -> NoReturn:
    """Carry the wipe out on a copy and end the command; whoever is a leaver already is shown."""
    before = reported(desk, who)
    if before is not None and before.state is not State.REINSTATED:
        if as_data:
            as_json({"already": True, "report": before})
        else:
            say(f"{name_of(desk, who)} is a leaver already, so there is nothing to rehearse.")
            say_report(before, as_data=False)
        raise typer.Exit(Ends.WELL)
    if not desk.settings.accounts:
        fail("the settings name no account, so there is nothing to rehearse", ends=Ends.USAGE)
    try:
        found = _rehearsed(desk, who)
    except KeyboardInterrupt:
        fail("the rehearsal was stopped; nothing was done", ends=Ends.PROBLEMS)
    if as_data:
        as_json(found)
    else:
        _show(name_of(desk, who), found)
    raise typer.Exit(Ends.WELL if found.proven else Ends.PROBLEMS)


def _rehearsed(desk: Desk, who: Whom) -> "Rehearsed":
    with awaited("copying the ledger") as shows:
        from rotation.sandbox import GivenError
        from rotation.surfaces.rehearsing import A_MINUTE, rehearsed
        from rotation.wiring.heap import keep_what_is_here
        from rotation.wiring.parts import rules_for
        from rotation.wiring.rehearsed_wipe import Wished

        def passed(account: AccountId, time: timedelta) -> None:
            shows(f"rehearsing account {account}: minute {time // A_MINUTE + 1}")

        keep_what_is_here()
        rules = {a.id: rules_for(a) for a in desk.settings.accounts.values()}
        wished = Wished(who.said, who.team, desk.later().now, desk.zone_data)
        try:
            url = desk.settings.database.reveal()
            return rehearsed(url, desk.roster, rules, wished, passed)
        except GivenError as trouble:
            fail(f"what the ledger remembers makes no world: {masked(str(trouble))}")


def _show(name: str, found: "Rehearsed") -> None:
    team = f", team {found.team}" if found.team else ""
    end = "would be proven out" if found.proven else "something would be left to people"
    heading(f"{name}{team}, rehearsed on a copy: {end}")
    say(f"  about {found.minutes} min for {counted(found.groups, 'group')}")
    calls = found.calls
    say(
        f"  {counted(calls.reads, 'read')}, {counted(calls.removals, 'removal')},"
        f" {counted(calls.resets, 'invite link')} reset, {counted(calls.lists, 'list page')},"
        f" {counted(calls.others, 'other call')}"
    )
    say_groups("would be removed from", found.removed)
    say_groups("is not in", found.was_not_in)
    say_groups("still to go after a day", found.to_go)
    say_groups("leaves nobody on duty in", found.uncovered)
    say_by_hand(found.by_hand)
    for one in found.unknown:
        say(f"  not known: {one}")
    say("Nothing was sent, and nothing was written down.")
