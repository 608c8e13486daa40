"""The typer app that runs a command: built of the one module the command lives in."""

from importlib import import_module
from inspect import getdoc

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
    _keep_examples_whole(made)
    return made


def _keep_examples_whole(made: typer.Typer) -> None:
    """An example is there to be copied, so no width of a terminal breaks its line."""
    for command in made.registered_commands:
        told = getdoc(command.callback) or ""
        command.help = told.replace("Example: ", "\b\nExample: ")
    for group in made.registered_groups:
        if group.typer_instance is not None:
            _keep_examples_whole(group.typer_instance)


def _nothing_in_common() -> None:
    """Makes typer ask for a command's name even where an app has just one."""
