"""`rotation demo`: three days with faults in about a minute."""

import sys
from typing import Annotated

import typer

from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say, table


def register(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    *,
    as_data: Annotated[
        bool, typer.Option("--json", help="Print only the result, as JSON.")
    ] = False,
) -> None:
    """Three days of handovers with faults, in about a minute, and their proof.

    A sandbox and the real daemon run on the example rosters over a stepped clock. Ends with 0 if
    every handover was proven and the sandbox's judge counted no wrong, and with 1 otherwise.

    Example: rotation demo
    """
    from rotation.surfaces.demo import run_demo

    try:
        result = run_demo((lambda _line: None) if as_data else _line)
    except KeyboardInterrupt:
        fail("the demo was stopped", ends=Ends.PROBLEMS)
    except (RuntimeError, ConnectionError) as error:
        fail(f"the demo can't go on: {error}")
    if as_data:
        as_json({**dict(result.rows()), "converged": result.converged})
    else:
        say()
        heading("Three days")
        table(("what", "how much"), result.rows())
        say()
        say("all converged, and proven" if result.converged else "not everything converged")
    raise typer.Exit(Ends.WELL if result.converged else Ends.PROBLEMS)


def _line(text: str) -> None:
    say(text)
    sys.stdout.flush()
