"""What an operator sets, apart from rosters: read from rotation.toml, the environment and secrets.

A value is taken from the environment, else from the file, else it has a default. Secrets never
stand in the file. Reading needs the standard library only, because every command does it.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from rotation.settings.addresses import Reach, reach_of
from rotation.settings.document import Document, read_document
from rotation.settings.errors import SettingsError, SettingsErrors
from rotation.settings.keys import KINDS_OF_HOOKS, read_settings
from rotation.settings.layers import CONFIG, CREDENTIALS, PREFIX, Layers
from rotation.settings.secret import Secret, exposure, is_there
from rotation.settings.urls import Listening
from rotation.settings.values import (
    Account,
    Alerts,
    Calendar,
    Commands,
    Database,
    Explained,
    Hook,
    LeaverList,
    Log,
    Receiver,
    Settings,
    Web,
)

__all__ = [
    "KINDS_OF_HOOKS",
    "Account",
    "Alerts",
    "Calendar",
    "Commands",
    "Database",
    "Explained",
    "Hook",
    "LeaverList",
    "Listening",
    "Log",
    "Reach",
    "Receiver",
    "Secret",
    "Settings",
    "SettingsError",
    "SettingsErrors",
    "Web",
    "load",
    "reach_of",
    "without_settings",
]

USUAL_NAME = "rotation.toml"


def load(
    environ: Mapping[str, str],
    *,
    config: Path | None = None,
    folder: Path = Path(),
    need_secrets: bool = True,
) -> Settings:
    """Reads the settings in force; raises SettingsErrors with everything that is wrong at once.

    The file is `config`, else the one $ROTATION_CONFIG names, else `rotation.toml` in `folder`
    (the working folder), else none. Paths in the file start from its own folder, paths in
    variables from `folder`. Commands that make no call pass `need_secrets=False`: then a secret
    that can't be had is an error only when it is asked for.
    """
    file = find(environ, config, folder)
    document = read_document(file, named(file, folder)) if file else nothing(folder)
    layers = Layers(document, environ, folder.absolute())
    settings = read_settings(layers)
    if need_secrets:
        layers.errors += [p for s in settings.secrets if (p := s.problem()) is not None]
    if layers.errors:
        raise SettingsErrors(tuple(layers.errors))
    exposed = [e for s in settings.secrets if (e := s.exposure()) is not None]
    if file and (changeable := exposure(file, reading_matters=False)):
        exposed.append(changeable)
    warnings = (*layers.warnings, *exposed)
    return replace(settings, config=file, warnings=warnings, explained=tuple(layers.explained))


def without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment for a rotation that has settings of its own, and is to take none of ours."""
    return {k: v for k, v in environ.items() if not k.startswith(PREFIX) and k != CREDENTIALS}


def find(environ: Mapping[str, str], config: Path | None, folder: Path) -> Path | None:
    """The file to read; one that was asked for by name counts even if it doesn't exist."""
    if config is not None:
        return (folder / config).absolute()
    if environ.get(CONFIG):
        return (folder / environ[CONFIG]).absolute()
    usual = (folder / USUAL_NAME).absolute()
    return usual if is_there(usual) else None


def named(file: Path, folder: Path) -> str:
    """How messages call the file: shortly if it is in or below `folder`."""
    home = folder.absolute()
    return str(file.relative_to(home)) if file.is_relative_to(home) else str(file)


def nothing(folder: Path) -> Document:
    return Document("settings", folder.absolute(), {}, {})
