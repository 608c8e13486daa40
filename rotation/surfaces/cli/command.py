"""Typer's commands, which here take text, paths and flags from the line by themselves.

Typer has every value checked by pydantic, whose import takes longer than all else a short command
does, and which the daemon would carry for good. A line with anything more in it, a mistake and a
cry for help are typer's as before, so they have one voice.
"""

import os
from pathlib import Path

from typer import _click as click
from typer.core import TyperArgument, TyperCommand, TyperGroup, TyperOption
from typer.models import ParameterInfo


class _Plain(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given, left, _order = self.make_parser(ctx).parse_args(args=list(args))
        params = self.get_params(ctx)
        found = {param.name: param.consume_value(ctx, given) for param in params}
        unasked = left and not ctx.allow_extra_args
        if unasked or not all(_plain(param, found[param.name][0]) for param in params):
            return super().parse_args(ctx, args)
        for param in params:
            value, source = found[param.name]
            ctx.set_parameter_source(param.name, source)
            if param.expose_value:
                ctx.params[param.name] = _typed(param, value)
        ctx.args = left
        return left


class Command(TyperCommand, _Plain):
    """A command of the line."""


class Group(TyperGroup, _Plain):
    """A word with commands below it."""


def _plain(param: click.core.Parameter, value: object) -> bool:
    """Whether `value`, given or the default, needs nothing but to be taken."""
    if not isinstance(param, TyperOption | TyperArgument) or param.multiple or param.nargs != 1:
        return False
    asked = param.type_descriptor
    match value:
        case None:
            return not param.required
        case _ if param.callback is not None:  # `--help` has one
            return False
        case bool():
            return asked.annotation is bool
        case str() if asked.annotation is str:
            return asked.parameter_info.parser is None
        case _:
            return asked.annotation is Path and _passes(value, asked.parameter_info)


def _passes(path: object, asked: ParameterInfo) -> bool:
    """Whether typer would take the path as it is: nothing special asked, and not unreadable."""
    if not isinstance(path, str | Path):
        return False
    special = asked.parser or asked.exists or asked.writable or asked.resolve_path
    if special or not (asked.file_okay and asked.dir_okay):
        return False
    return os.access(path, os.R_OK) or not os.path.lexists(path)


def _typed(param: click.core.Parameter, value: object) -> object:
    wants_path = isinstance(param, TyperOption | TyperArgument) and (
        param.type_descriptor.annotation is Path
    )
    return Path(value) if wants_path and isinstance(value, str) else value
