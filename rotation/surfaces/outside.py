"""Telling somebody outside the chat: an alert command, an alert URL, Apprise, or several of these.

What is told loses people's numbers first: it leaves the house.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import IO

import structlog

from rotation.core.outcome import Accepted, InDoubt
from rotation.providers.apprised import SOME
from rotation.settings import Alerts, Secret, SettingsErrors
from rotation.settings.layers import ALERT
from rotation.surfaces.masking import masked

log = structlog.get_logger("rotation.outside")

DEADLINE = timedelta(seconds=20)
LONGEST = 4000
"""Characters of an alert; what is longer is told shortened."""
PASSED_ON = ("HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "TMPDIR", "TZ", "USER")
"""All that an alert command gets of our environment, which has secrets in it."""

Post = Callable[[str, str], Accepted | InDoubt]


def teller(alerts: Alerts, post: Post, environ: Mapping[str, str]) -> Callable[[str], bool] | None:
    """What tells a text by every way that is set up, or None if there is no way.

    It returns whether anybody was reached; a way that fails is logged. `post` sends a text to a
    URL. `environ` is what the command may be given parts of.
    """
    ways: list[tuple[str, Callable[[str], str | None]]] = []
    if alerts.command:
        command = alerts.command
        ways.append(("command", lambda text: run(command, text, environ)))
    if alerts.url is not None:
        url = alerts.url
        ways.append(("url", lambda text: _posted(post, url, text)))
    if alerts.apprise is not None:
        urls = alerts.apprise
        ways.append(("apprise", lambda text: _apprised(urls, text, environ)))
    if not ways:
        return None

    def tell(text: str) -> bool:
        told = _fit_to_tell(text)
        failed = [(name, why) for name, way in ways if (why := way(told)) is not None]
        for name, why in failed:
            log.warning("an alert did not get out", by=name, why=why)
        return len(failed) < len(ways)

    return tell


def run(
    command: tuple[str, ...],
    text: str,
    environ: Mapping[str, str],
    deadline: timedelta = DEADLINE,
) -> str | None:
    """Runs a command with `text` on its input and in $ROTATION_ALERT; None, or why it failed.

    No shell, no terminal, none of our secrets; at the deadline it and its children are killed.
    """
    return _run(command, text, {**_passed_on(environ), ALERT: text}, deadline)


def _passed_on(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: environ[name] for name in PASSED_ON if name in environ}


def _run(
    command: tuple[str, ...], given: str, environ: Mapping[str, str], deadline: timedelta
) -> str | None:
    with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as heard:
        said.write(given.encode("utf-8", "replace"))
        said.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603 - the operator's own command, no shell
                command,
                env=environ,
                stdin=said,
                stdout=heard,
                stderr=heard,
                start_new_session=True,
            )
        except OSError as why:
            return f"{command[0]} can't be started: {why.strerror}"
        return _waited(process, heard, deadline)


def _waited(process: subprocess.Popen[bytes], heard: IO[bytes], deadline: timedelta) -> str | None:
    try:
        code = process.wait(deadline.total_seconds())
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        return f"did not end within {deadline.total_seconds():g} s"
    if code == 0:
        return None
    heard.seek(max(0, heard.seek(0, os.SEEK_END) - 300))
    return f"ended with {code}: {heard.read().decode('utf-8', 'replace').strip() or 'no words'}"


def _apprised(urls: Secret, text: str, environ: Mapping[str, str]) -> str | None:
    """By a process that is told the addresses on its input; whoever is reached is enough."""
    try:
        asked = json.dumps({"urls": urls.reveal().split(), "text": text})
    except SettingsErrors as why:
        return str(why)
    command = (sys.executable, "-P", "-m", "rotation.providers.apprised")
    found = _run(command, asked, _passed_on(environ), DEADLINE)
    if found is None or not found.startswith(f"ended with {SOME}:"):
        return found
    log.warning("an alert did not get out", by="apprise", why=found)
    return None


def _posted(post: Post, url: Secret, text: str) -> str | None:
    try:
        outcome = post(url.reveal(), text)
    except SettingsErrors as why:
        return str(why)
    return None if isinstance(outcome, Accepted) else outcome.detail


def _fit_to_tell(text: str) -> str:
    """`text` without numbers and without characters that steer a terminal, and not too long."""
    lines = ("".join(c if c.isprintable() else " " for c in line) for line in text.splitlines())
    return masked("\n".join(lines))[:LONGEST]
