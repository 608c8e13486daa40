"""The example rosters in a sandbox of their own: what `rotation run --example` shows."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import rotation
from rotation.core.roster import Roster
from rotation.roster_file import read
from rotation.sandbox.example import ACCOUNT
from rotation.settings import load
from rotation.surfaces import live
from rotation.surfaces.start import ready
from rotation.wiring import RealClock
from rotation.wiring.example import world_for

HINT = """\
The sandbox speaks Wawp at {url} with WhatsApp's rules; the shift before is still inside.
Meanwhile, in another terminal:
  {rotation} status --config {config}
  {rotation} next --config {config}
  {rotation} handover acme-vip --in sam --reason "to see one" --config {config}
  curl {url}/sandbox/state
On the board you may act as well: it runs with --dev, so nobody has to sign in.
When all is proven, it waits for the next handover. Stop with Ctrl-C.
"""


def example_rosters() -> Path:
    """The folder of example rosters: beside the sources, or inside the installed package."""
    home = Path(rotation.__file__).parent
    packed = home / "examples"
    return packed if packed.is_dir() else home.parent / "schedules"


@dataclass(frozen=True, slots=True)
class Place:
    """A folder made for a run: its world, its settings, and the sandbox that serves it."""

    folder: Path
    url: str
    config: Path


def run_example(print_line: Callable[[str], None]) -> int:
    """Sandbox and daemon on the example rosters, every event printed as it happens.

    0 once it was told to stop, at whatever moment; then nothing is left of it. Main thread only.
    """
    try:
        with until_terminated():
            return _shown(print_line, read(example_rosters()))
    except KeyboardInterrupt:
        return 0


def _shown(print_line: Callable[[str], None], roster: Roster) -> int:
    with sandbox(roster, RealClock()().at) as place:
        settings = load({}, config=place.config)
        settings = replace(settings, web=replace(settings.web, is_dev=True))
        print_line(HINT.format(url=place.url, config=place.config, rotation=called()))
        watch = live.watcher(print_line, roster)
        with ready(settings, {}, StringIO(), watch, serving=told_where(print_line)) as daemon:
            return daemon.run()


def told_where(print_line: Callable[[str], None]) -> Callable[[str], None]:
    return lambda url: print_line(f"Look at the board: {url}")


def called() -> str:
    """How the program is started from where its user stands: in a checkout it is on no path."""
    if shutil.which("rotation") is not None:
        return "rotation"
    beside, here = Path(sys.executable).with_name("rotation"), Path.cwd()
    return str(beside.relative_to(here) if beside.is_relative_to(here) else beside)


@contextmanager
def sandbox(
    roster: Roster,
    at: datetime,
    *,
    stepped: bool = False,
    faults: tuple[object, ...] = (),
    seed: int = 0,
) -> Iterator[Place]:
    """A sandbox process that fits `roster` at `at`, and settings that lead to it."""
    world = world_for(roster, at, instance=ACCOUNT["instance_id"], token=ACCOUNT["token"])
    with serving({**world, "faults": list(faults)}, stepped=stepped, seed=seed) as place:
        yield place


@contextmanager
def serving(world: dict[str, object], *, stepped: bool, seed: int = 0) -> Iterator[Place]:
    """A sandbox process with a world of one's own, and settings that lead to it."""
    command = [sys.executable, "-m", "rotation", "sandbox", "--port", "0", "--seed", str(seed)]
    command += ["--stepped", "start"] if stepped else []
    with ExitStack() as put_away:
        with _undisturbed():
            found = tempfile.TemporaryDirectory(prefix="rotation-")
            folder = Path(put_away.enter_context(found))
            (folder / "world.json").write_text(json.dumps(world), encoding="utf-8")
            command += ["--world", str(folder / "world.json")]
            process = put_away.enter_context(_running(command))
        url = _address(process)
        config = folder / "rotation.toml"
        shutil.copytree(example_rosters(), folder / "schedules")  # which may be edited
        config.write_text(_settings(url, stepped=stepped), encoding="utf-8")
        config.chmod(0o600)
        yield Place(folder, url, config)


@contextmanager
def _running(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            yield process
        finally:
            process.terminate()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C and SIGTERM are put off to the end of the `with`: what was begun has an owner then.

    A folder or a process that is interrupted while it is made belongs to nobody, and stays.
    """
    put_off: list[int] = []
    before: dict[signal.Signals, Any] = {}
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            before[number] = signal.getsignal(number)
            signal.signal(number, lambda told, _frame: put_off.append(told))
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for told in put_off:
            signal.raise_signal(told)


def _address(sandbox: subprocess.Popen[str]) -> str:
    """Where it serves, which is the first thing it says. Raises RuntimeError."""
    said = sandbox.stdout.readline() if sandbox.stdout else ""
    if not said.startswith("http://"):
        raise RuntimeError(f"the sandbox did not start: {said.strip() or 'no word of it'}")
    return said.split()[0]


@contextmanager
def until_terminated() -> Iterator[None]:
    """SIGTERM ends the `with` as Ctrl-C does: by an exception, so that everything is put away."""

    def end(number: int, _frame: FrameType | None) -> NoReturn:
        raise KeyboardInterrupt(signal.Signals(number).name)

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _settings(url: str, *, stepped: bool) -> str:
    clock = "stepped" if stepped else "real"
    return (
        f'[log]\nformat = "json"\n'
        f'[web]\nlisten = "{"off" if stepped else "127.0.0.1:0"}"\n'
        f'[accounts.main]\nprovider = "sandbox"\nbase_url = "{url}"\nclock = "{clock}"\n'
    )
