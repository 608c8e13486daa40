"""What an operator has set up on this machine: versions, settings, secrets, alerts."""

import platform
import shutil
from collections.abc import Iterator
from importlib.metadata import version

from rotation.settings import Settings, SettingsErrors
from rotation.surfaces.doctor.check import Check, bad, ok, warn

LIBRARIES = ("sqlalchemy", "alembic", "httpx", "httpcore", "pendulum", "apscheduler", "pydantic")
"""Those whose behaviour a bug report may hang on."""


def versions() -> Check:
    told = f"rotation {version('rotation')}, Python {platform.python_version()}"
    return ok("versions", f"{told}, {platform.system()} {platform.machine()}")


def wrong_settings(errors: SettingsErrors) -> Iterator[Check]:
    """Settings that can't be used leave nothing else to look at."""
    for error in errors.errors:
        found, _, fix = str(error).partition("; ")
        yield bad("settings", found, fix or "mend it and run doctor again")
    yield warn("everything else", "was not looked at: without settings nobody knows where it is")


def machine(settings: Settings) -> Iterator[Check]:
    """The settings as files on this machine; no call leaves it."""
    yield from _settings(settings)
    yield from _secrets(settings)
    yield from _alert_command(settings)


def _settings(settings: Settings) -> Iterator[Check]:
    exposed = {secret.exposure() for secret in settings.secrets}
    warnings = [text for text in settings.warnings if text not in exposed]
    for text in warnings:
        yield warn("settings", text, "change it, or accept it knowingly")
    if not settings.accounts:
        how = "write [accounts.main], or let `rotation init` write an example"
        yield bad("settings", "no account is set up", how)
    if settings.config is None:
        yield ok("settings", "no rotation.toml here; defaults and variables only")
    else:
        yield ok("settings", f"read from {settings.config}")


def _secrets(settings: Settings) -> Iterator[Check]:
    for secret in settings.secrets:
        name = f"secret {secret.key}"
        problem, exposed = secret.problem(), secret.exposure()
        if problem is not None:
            found, _, fix = str(problem).partition("; ")
            yield bad(name, found, fix or "write it there, on one line, readable by you alone")
        elif exposed is not None:
            found, _, fix = exposed.rpartition(": ")
            yield bad(name, found, f"run `{fix}`, and consider a new secret")
        else:
            yield ok(name, f"from {secret.source}")


def _alert_command(settings: Settings) -> Iterator[Check]:
    command = settings.alerts.command
    if command and shutil.which(command[0]) is None:
        yield bad("alerts", f"the command {command[0]} can't be run here", "install or correct it")
