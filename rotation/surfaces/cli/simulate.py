"""`rotation simulate`: a year of the user's own rosters before they are trusted with a real one."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rotation.core.roster import AccountId
from rotation.surfaces.cli.moment import moment, now
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say, table
from rotation.surfaces.cli.roster import Json, Schedules, folder_of, roster_in

if TYPE_CHECKING:
    from rotation.engine import AccountRules
    from rotation.surfaces.simulating import Asked, Result

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
FAULTS = ("none", "mild", "wild")


def register(app: typer.Typer) -> None:
    app.command()(simulate)


def simulate(  # noqa: PLR0913 - each is an option of the line
    *,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How many days.")] = 365,
    faults: Annotated[str, typer.Option(help="How bad the weather is: none, mild, wild.")] = "none",
    seed: Annotated[int, typer.Option(help="Which weather of that kind.")] = 1,
    since: Annotated[
        str | None,
        typer.Option("--from", help="When it begins: a day, at 00:00Z, or an instant. [today]"),
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Write the result as an HTML page.")] = None,
    schedules: Schedules = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Rehearse the rosters: days of handovers in a pretend WhatsApp, in all weathers.

    The real engine, ledger and provider carry them out, over a clock that jumps to whatever is due
    next. Nothing leaves this machine. What must hold at every instant is judged from the pretend
    world and the ledger alone. The same roster, start, days, faults and seed give the same trace.

    Ends with 0 if no invariant was broken and all converged, and with 1 otherwise.

    Example: rotation simulate --days 30 --faults wild --seed 7 --report rehearsal.html
    """
    if faults not in FAULTS:
        fail(f"no weather is called {faults}", f"There are: {', '.join(FAULTS)}", Ends.USAGE)
    asked = _asked(days, faults, seed, since, schedules, config)
    try:
        with _watched(asked) as passed:
            from rotation.surfaces.simulating import simulated
            from rotation.wiring.heap import keep_what_is_here

            keep_what_is_here()
            result = simulated(asked, passed)
    except KeyboardInterrupt:
        fail("the simulation was stopped", ends=Ends.PROBLEMS)
    if report is not None:
        _write(report, result)
    if as_data:
        from rotation.surfaces.simulating.data import data

        as_json(data(result))
    else:
        _show(result, report)
    raise typer.Exit(Ends.WELL if result.well else Ends.PROBLEMS)


def _asked(
    days: int,
    faults: str,
    seed: int,
    since: str | None,
    schedules: Path | None,
    config: Path | None,
) -> "Asked":
    roster = roster_in(folder_of(schedules, config))
    if not roster.groups:
        fail("the rosters name no group, so there is nothing to rehearse", ends=Ends.USAGE)
    from rotation.surfaces.simulating import Asked
    from rotation.wiring.weather import Force

    today = now().replace(hour=0, minute=0, second=0)
    at = f"{since}T00:00Z" if since is not None and _DAY.fullmatch(since) else since
    starts = moment(at, today).replace(second=0, microsecond=0)
    rules = {} if schedules is not None else _rules(config)
    return Asked(roster, starts, days, Force(faults), seed, rules)


def _rules(config: Path | None) -> "dict[AccountId, AccountRules]":
    """How many calls the accounts of the settings may make."""
    from rotation.wiring.parts import rules_for

    accounts = settings_or_fail(config, need_secrets=False).accounts.values()
    return {account.id: rules_for(account) for account in accounts}


@contextmanager
def _watched(asked: "Asked") -> "Iterator[Callable[[str, timedelta], None]]":
    """A bar on the error output that shows how much time has passed, where somebody sees it."""
    if not sys.stderr.isatty():
        yield lambda _account, _passed: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    day = TextColumn(f"day {{task.fields[day]}} of {asked.days}")
    columns = TextColumn("{task.description}"), BarColumn(), day, TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        tasks = {
            account: bar.add_task(account, total=asked.days, day=1)
            for account in sorted({g.account for g in asked.roster.groups.values()})
        }

        def passed(account: str, time: timedelta) -> None:
            done = time / timedelta(days=1)
            day = min(int(done) + 1, asked.days)
            bar.update(tasks[AccountId(account)], completed=done, day=day)

        yield passed


def _write(report: Path, result: "Result") -> None:
    from rotation.surfaces.simulating import page

    try:
        report.write_text(page(result), encoding="utf-8")
    except OSError as error:
        fail(f"the report can't be written to {report}: {error.strerror or error}")


def _show(result: "Result", report: Path | None) -> None:
    from rotation.surfaces.simulating import next_steps, sections
    from rotation.surfaces.simulating.words import asked_said

    say(asked_said(result))
    for section in sections(result):
        say()
        heading(section.title)
        table(section.columns, section.rows)
        if section.note and section.rows:
            say(section.note)
    say()
    say("no invariant was broken, and all converged" if result.well else "invariants were broken")
    for line in next_steps(result):
        say(line)
    if report is not None:
        say(f"The page is {report}.")
