"""`rotation demo`: three days with faults in about a minute, alone or beside a cron script."""

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say, table
from rotation.surfaces.cli.progress import awaited

if TYPE_CHECKING:
    from rotation.surfaces.against import Result

OPPONENTS = ("naive",)


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    *,
    against: Annotated[
        str | None,
        typer.Option(help="`naive`: a cron script lives through the same, beside rotation."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Which of the calls go wrong.")] = 0,
    as_data: Annotated[
        bool, typer.Option("--json", help="Print only the result, as JSON.")
    ] = False,
) -> None:
    """Three days of handovers with faults, in about a minute, and their proof.

    A sandbox and the real daemon run on the example rosters over a stepped clock. Ends with 0 if
    every handover was proven and the sandbox's judge counted no wrong, and with 1 otherwise.

    With `--against naive` a short cron script lives through the same days before the same judge,
    and its figures stand beside rotation's. rotation is rehearsed then, so that the same seed gives
    the same table. Ends with 0 if rotation did no wrong and left nobody behind; the script may.

    Example: rotation demo --against naive --seed 7
    """
    if against is not None and against not in OPPONENTS:
        fail(f"nobody is called {against}", f"There is: {', '.join(OPPONENTS)}", Ends.USAGE)
    try:
        well = _alone(seed, as_data=as_data) if against is None else _beside(seed, as_data=as_data)
    except KeyboardInterrupt:
        fail("the demo was stopped", ends=Ends.PROBLEMS)
    except (RuntimeError, ConnectionError) as error:
        fail(f"the demo can't go on: {error}")
    raise typer.Exit(Ends.WELL if well else Ends.PROBLEMS)


def _alone(seed: int, *, as_data: bool) -> bool:
    from rotation.surfaces.demo import run_demo

    result = run_demo((lambda _line: None) if as_data else _line, seed)
    if as_data:
        as_json({**dict(result.rows()), "converged": result.converged})
    else:
        say()
        heading("Three days")
        table(("what", "how much"), result.rows())
        say()
        say("all converged, and proven" if result.converged else "not everything converged")
    return result.converged


def _line(text: str) -> None:
    say(text)
    sys.stdout.flush()


def _beside(seed: int, *, as_data: bool) -> bool:
    from rotation.surfaces.against import SCRIPT, side_by_side

    with awaited("the cron script") as show:

        def passed(who: str, at: datetime) -> None:
            show(f"{who} lives through {at:%A %H:%M}")

        result = side_by_side(seed, passed)
    if as_data:
        both = {"cron": result.cron, "rotation": result.rotation}
        as_json({"seed": seed, "script": SCRIPT, **both, "well": result.well})
    else:
        _show(result)
    return result.well


def _show(result: "Result") -> None:
    from rotation.surfaces.against import SCRIPT
    from rotation.surfaces.example import called

    say(result.days.said())
    say()
    heading("A cron script and rotation, side by side")
    table(("what", "cron script", "rotation"), result.rows())
    say()
    say("rotation did no wrong, and left nobody behind" if result.well else "rotation did wrong")
    say(f"The script is {SCRIPT}: read it, and tell us where it is unfair.")
    say(f"Another seed: `{called()} demo --against naive --seed {result.days.seed + 1}`.")
    say(f"Your own rosters: `{called()} simulate --faults wild`.")
