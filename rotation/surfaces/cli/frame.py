"""The typer app that runs a command: built of the one module the command lives in."""

from importlib import import_module

import typer

from rotation.surfaces.cli import ABOUT, listed
from rotation.surfaces.cli.command import Command, Group


def app(command: str | None = None) -> typer.Typer:
    """An app with the command, or with all of them when it is unknown or none is named."""
    made = typer.Typer(
        cls=Group,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        help=ABOUT,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_nothing_in_common)
    every = {one.module for one in listed()}
    named = {one.module for one in listed() if one.name == command}
    for module in sorted(named or every):
        import_module(f"rotation.surfaces.cli.{module}").register(made)
    for one in made.registered_commands:
        one.cls = Command
    return made


def _nothing_in_common() -> None:
    """Makes typer ask for a command's name even where an app has just one."""
