"""`rotation doctor`: all that rotation stands on, looked at one by one."""

import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Annotated

import typer

from rotation.core.facts import Moment
from rotation.core.roster import AccountId
from rotation.providers.wawp import Exchanged
from rotation.roster_file import did_you_mean
from rotation.settings import Settings, SettingsErrors, load
from rotation.surfaces.cli.desk import Json
from rotation.surfaces.cli.operate import Config
from rotation.surfaces.cli.output import Ends, as_json, fail, heading, say, table
from rotation.surfaces.cli.progress import awaited
from rotation.surfaces.counting import counted
from rotation.surfaces.doctor import (
    Check,
    Level,
    Means,
    Transcript,
    examine,
    transcript_at,
    versions,
    wrong_settings,
)
from rotation.surfaces.doctor.check import bad
from rotation.wiring import RealClock
from rotation.wiring.parts import clock_for
from rotation.zone_data import use_newest

_COLOURS = {
    Level.OK: typer.colors.GREEN,
    Level.WARN: typer.colors.YELLOW,
    Level.BAD: typer.colors.RED,
}
_STEPPED = 'start it with `rotation sandbox --stepped ...`, or set clock = "real"'
_WIDTH = max(len(level) for level in Level)


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(
    *,
    account: Annotated[
        str | None, typer.Option(help="Ask the provider about this account only.")
    ] = None,
    transcript: Annotated[
        Path | None,
        typer.Option(help="A new file for the calls made, without secrets and numbers."),
    ] = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Look at all that rotation stands on, and say what to do about what is wrong.

    Settings, secrets, alerts, ledger, rosters, zone data; then the provider: does it answer, take
    the token, have a working session, tell the same time, and let us run every group. It only
    reads, and its calls count like any others.

    Ends with 0 when nothing is bad (there may be warnings), else with 1.

    Example: rotation doctor --account main --transcript calls.jsonl
    """
    try:
        settings = load(os.environ, config=config, folder=Path.cwd(), need_secrets=False)
    except SettingsErrors as errors:
        raise typer.Exit(_tell((versions(), *wrong_settings(errors)), as_data=as_data)) from None
    chosen = _chosen(settings, account)
    with _transcript(transcript, settings) as written, awaited("looking around") as progress:
        checks = _examined(settings, chosen, written, progress)
        ends = _tell(checks, settings, progress, as_data=as_data)
    if transcript is not None and written is not None and not as_data:
        say(f"{written.calls} calls are in {transcript}; read it before you send it")
    raise typer.Exit(ends)


def _chosen(settings: Settings, account: str | None) -> tuple[AccountId, ...]:
    if account is None:
        return tuple(settings.accounts)
    if account not in settings.accounts:
        hint = did_you_mean(account, settings.accounts)
        fail(f"the settings know no account `{account}`", hint, Ends.USAGE)
    return (AccountId(account),)


@contextmanager
def _transcript(path: Path | None, settings: Settings) -> Iterator[Transcript | None]:
    """The transcript in a file of its own, if there is to be one."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(transcript_at(path, settings)) if path else None
        except FileExistsError:
            fail(f"{path} is there already", "Name a new file for the transcript", Ends.USAGE)
        except OSError as why:
            if path is None or isinstance(why, BrokenPipeError):
                raise  # it is not the transcript that can't be written
            fail(f"can't write {path}: {why.strerror}", ends=Ends.USAGE)


def _examined(
    settings: Settings,
    accounts: tuple[AccountId, ...],
    transcript: Transcript | None,
    progress: Callable[[str], None],
) -> Iterator[Check]:
    clock: Callable[[], Moment]
    try:
        clock = clock_for(settings)
    except (ConnectionError, ValueError) as why:
        clock = RealClock()
        yield bad("sandbox's clock", str(why), _STEPPED)
    zone_data = use_newest()
    record: Callable[[AccountId, Exchanged], None] = _nothing
    if transcript is not None:
        record = transcript.add
        asked = [settings.accounts[name] for name in accounts]
        transcript.begin(asked, zone_data.version, clock().at)
    means = Means(clock, zone_data, record=record, progress=progress)
    yield from examine(settings, means, accounts)


def _nothing(_account: AccountId, _exchanged: Exchanged) -> None:
    """Without a transcript nothing is written down."""


def _tell(
    checks: Iterable[Check],
    settings: Settings | None = None,
    progress: Callable[[str], None] = lambda _text: None,
    *,
    as_data: bool,
) -> Ends:
    """Show the checks as they come, or all of them as JSON; how the command ends."""
    if settings is not None and not as_data:
        _show_settings(settings)
    found = []
    for check in checks:
        found.append(check)
        if not as_data:
            progress("")
            _show(check)
    levels = Counter(check.level for check in found)
    if as_data:
        in_force = settings.explain() if settings is not None else ()
        as_json({"well": not levels[Level.BAD], "checks": found, "settings": in_force})
    else:
        warnings = counted(levels[Level.WARN], "warning")
        say(f"{levels[Level.BAD]} bad, {warnings}, {levels[Level.OK]} well")
    return Ends.PROBLEMS if levels[Level.BAD] else Ends.WELL


def _show(check: Check) -> None:
    say(f"{_painted(check.level)}  {check.name}: {check.found}")
    if check.what_to_do:
        say(f"{'':{_WIDTH}}  -> {check.what_to_do}")
    sys.stdout.flush()


def _painted(level: Level) -> str:
    text = f"{level:<{_WIDTH}}"
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR")
    return text if plain else typer.style(text, fg=_COLOURS[level])


def _show_settings(settings: Settings) -> None:
    heading("Settings in force")
    table(("SETTING", "VALUE", "FROM"), ((s.key, s.shown, s.source) for s in settings.explain()))
    say()
