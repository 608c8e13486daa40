"""`rotation run`: the daemon, in the foreground."""

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rotation.surfaces.cli.output import Ends, fail, say

if TYPE_CHECKING:
    from rotation.settings import Settings
    from rotation.surfaces.daemon import Daemon

Config = Annotated[
    Path | None,
    typer.Option(help="The settings file; else rotation.toml here.", envvar="ROTATION_CONFIG"),
]


def register(app: typer.Typer) -> None:
    app.command()(run)


def run(
    group: Annotated[str | None, typer.Argument(help="With --once: only this group.")] = None,
    *,
    config: Config = None,
    once: Annotated[bool, typer.Option("--once", help="Do what is due now, and end.")] = False,
    example: Annotated[
        bool, typer.Option("--example", help="Run the example rosters in a sandbox of their own.")
    ] = False,
    dev: Annotated[
        bool,
        typer.Option("--dev", help="Whoever opens the board on this machine may act, unasked."),
    ] = False,
) -> None:
    """Run the daemon: carry out handovers as the rosters say, until it is told to stop.

    SIGTERM or Ctrl-C ends it, SIGHUP reads the rosters anew (they are also read when they change).
    Ends with 0 when it was told to stop, 3 when it cannot run or has lost its database.

    Example: rotation run --config /etc/rotation/rotation.toml
    """
    if group is not None and not once:
        fail("a GROUP is for `rotation run --once GROUP`", ends=Ends.USAGE)
    if example:
        from rotation.surfaces.example import run_example

        raise typer.Exit(run_example(_line))
    settings = settings_or_fail(config)
    with _ready(_open_to_all(settings) if dev else settings, alone=once) as daemon:
        ends = _once(daemon, group) if once else daemon.run()
    raise typer.Exit(ends)


def _open_to_all(settings: "Settings") -> "Settings":
    """With a board on which nobody signs in; ends the command where more than this machine gets."""
    if not settings.web.is_private:
        fail(
            "--dev is for a board that only this machine reaches",
            "Take web.url out and let web.listen be 127.0.0.1:8780, or sign in with a token",
            Ends.USAGE,
        )
    return replace(settings, web=replace(settings.web, is_dev=True))


def settings_or_fail(config: Path | None, *, need_secrets: bool = True) -> "Settings":
    """The settings in force; ends the command, naming everything wrong, when there are none."""
    from rotation.settings import SettingsErrors, load

    try:
        found = load(os.environ, config=config, folder=Path.cwd(), need_secrets=need_secrets)
        if found.hooks:
            from rotation.surfaces.incoming.setting_up import require_right

            require_right(found)
    except SettingsErrors as errors:
        fail(f"the settings are not right:\n{errors}")
    return found


@contextmanager
def _ready(settings: "Settings", *, alone: bool) -> "Iterator[Daemon]":
    """The daemon with its lock, ledger, log and alarms; ends the command if it cannot run (on)."""
    from rotation.ledger import LedgerHeld, LedgerUnavailable, UnknownSchema, Unreadable
    from rotation.surfaces.start import ready

    if not settings.accounts:
        fail("no account is set up", "`rotation init` writes a rotation.toml to start from")
    try:
        with ExitStack() as stack:
            try:
                daemon = stack.enter_context(ready(settings, os.environ, sys.stderr, alone=alone))
            except ValueError as error:  # a sandbox that has another clock than was set
                fail(str(error))
            yield daemon
    except LedgerHeld as held:
        fail(f"another daemon runs on this database: {held.holder}", "Stop that one first")
    except (UnknownSchema, Unreadable, LedgerUnavailable, ConnectionError) as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or settings.database.url}: {error.strerror or error}")


def _once(daemon: "Daemon", group: str | None) -> int:
    from rotation.core.roster import GroupId
    from rotation.surfaces.once import carried_out, groups_of

    known = groups_of(daemon)
    if group is not None and GroupId(group) not in known:
        fail(f"no group is called {group}", f"There are: {', '.join(known)}", Ends.USAGE)
    settled = carried_out(daemon, [GroupId(group)] if group else known)
    say("all is as the roster wants it, or held; see `rotation status`" if settled else _LEFT)
    return Ends.WELL if settled else Ends.PROBLEMS


_LEFT = (
    "something still waits for another try; see `rotation plan`, and run it again or run the daemon"
)


def _line(text: str) -> None:
    say(text)
    sys.stdout.flush()
