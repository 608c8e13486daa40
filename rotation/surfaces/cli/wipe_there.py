"""A wipe by a rotation elsewhere: asked for there, and watched from here."""

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import typer

from rotation.core.roster import PersonId
from rotation.surfaces.cli.desk import no_nonsense, say_who_carries_it_out
from rotation.surfaces.cli.far import Far
from rotation.surfaces.cli.ordering import How, by_hand, ordered, say_effects
from rotation.surfaces.cli.output import Ends, fail, say
from rotation.surfaces.cli.wipe_shown import end, say_made, say_report, shown, waited_for
from rotation.surfaces.orders.wipe import WIPE, Wish
from rotation.surfaces.whom import Whom
from rotation.surfaces.wiping import Report

A_WHILE = timedelta(seconds=2)
"""Between two looks at a wipe elsewhere."""


@dataclass(frozen=True, slots=True)
class Looked:
    """Whether it is looked at only, how far it is or would go; or else whether it is waited for."""

    show: bool
    rehearsal: bool
    waits: bool


def wiped_there(far: Far, wish: Wish, by: tuple[str | None, str], how: How, asked: Looked) -> None:
    """It is asked for elsewhere and carried out there; here somebody waits for it, as there."""
    if asked.rehearsal:
        fail(
            "a rehearsal is carried out on a copy of the ledger, so on the machine itself only",
            "Leave out --server there; from here --dry-run says what a wipe would take",
            Ends.USAGE,
        )
    if asked.show:
        found, _ = _report_there(far, wish.person, wish.team)
        end(shown(found, wish.person, wish.team, as_data=how.as_data))
    author, reason = by
    word = by_hand(author, reason or ("approved" if wish.approve else ""))
    made = ordered(far, WIPE, wish, word, how, shown=say_effects)
    if made is None:
        return
    if "waits_for_approval" in made.data:
        say_made(made, made.data, as_data=how.as_data)
        raise typer.Exit(Ends.PROBLEMS)
    who = Whom(PersonId(made.name), wish.team)
    if not asked.waits:
        say_made(made, {**made.data, "new": made.new, "daemon": far.holder}, as_data=how.as_data)
        if not how.as_data:
            say_who_carries_it_out(far.holder, ())
            say(f"`rotation wipe --report {who.said}{who.flag}` says how far it is.")
        return
    found = waited_for(lambda: _report_there(far, made.name, wish.team), who, A_WHILE)
    say_report(found, as_data=how.as_data)
    end(found)


def _report_there(far: Far, person: str, team: str) -> tuple[Report | None, int]:
    """How far a wipe elsewhere is, and how many minutes more it takes about."""
    if person.lstrip().startswith("+"):
        fail("a number stands in no address", "Name them by key or name", Ends.USAGE)
    with no_nonsense():
        told = far.told(f"/v1/wipes/{quote(person, safe='')}", [("team", team)] if team else [])
    found = told["wipe"]
    return (None, 0) if found is None else (Report.of(found), int(told["about_minutes"]))
