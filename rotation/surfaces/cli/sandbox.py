"""`rotation sandbox`: a pretend Wawp on this machine."""

from collections.abc import Callable
from datetime import UTC, datetime
from os import strerror
from pathlib import Path
from typing import Annotated

import typer

from rotation.surfaces.cli.output import Ends, as_json, fail, say


def register(app: typer.Typer) -> None:
    app.command()(sandbox)


def sandbox(  # noqa: PLR0913 - one parameter per option is how typer reads a command
    *,
    port: Annotated[int, typer.Option(help="The port on 127.0.0.1; 0 takes a free one.")] = 8790,
    world: Annotated[
        Path | None, typer.Option(help="A YAML or JSON file with accounts, groups and people.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Same seed and same calls, same answers.")] = 0,
    stepped: Annotated[
        str | None,
        typer.Option(
            help="An instant, or `start` for the world's own; time stands still there until all"
            " who take part are idle."
        ),
    ] = None,
    engine: Annotated[
        str | None, typer.Option(help="How answers are worded: noweb, gows, webjs or wawp.")
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="A YAML or JSON list of faults.")] = None,
    state: Annotated[
        Path | None, typer.Option(help="A file by which the world survives its own end.")
    ] = None,
    show: Annotated[
        bool,
        typer.Option("--print", help="Print the world as JSON, to begin a file with; no server."),
    ] = False,
) -> None:
    """Run a pretend Wawp with WhatsApp's rules, a fault dial and a judge, on this machine only.

    Look at its world with `curl 127.0.0.1:8790/sandbox/state` (or log, messages, verdict, clock,
    faults); change it by POST to /sandbox/faults, people, groups, script, settings, duty, clock.
    `curl 127.0.0.1:8790/sandbox` names all there is, and every fault.

    Call it as Wawp is called, with the headers X-Instance-ID: 5A9D0B0C1234 and access-token:
    sandbox-token, or with those of the accounts that `--print` shows.

    A line of a faults file: - {fault: timeout_after, on: [remove], chance: 0.2}

    Example: rotation sandbox --stepped 2026-01-05T07:55:00Z --faults faults.yaml --state w.jsonl
    """
    from rotation.sandbox.founding import read_world
    from rotation.sandbox.given import GivenError
    from rotation.sandbox.journal import Founding, begin, resume
    from rotation.sandbox.server import serve

    try:
        data = _world(world, faults, engine)
        if show:
            read_world(data)
            as_json(data)
            return
        starts = _now() if stepped is None else _instant(data, stepped)
        founding = Founding(data, seed, stepped is not None, starts)
        if state is None:
            serve(begin(founding, _now), port=port, started=_told("a new world"))
            return
        there, journal, was_there = resume(state, founding, _now)
        words = f"the world kept in {state}" if was_there else f"a new world, kept in {state}"
        serve(there, port=port, started=_told(words), journal=journal)
    except GivenError as error:
        fail(f"the sandbox can't begin: {error}", ends=Ends.USAGE)
    except OSError as error:
        at = error.filename or f"port {port}"
        fail(f"the sandbox can't begin: {at}: {strerror(error.errno or 0)}")


def _world(world: Path | None, faults: Path | None, engine: str | None) -> dict[str, object]:
    from rotation.sandbox.example import SMALL, example_world
    from rotation.sandbox.given import GivenError, read_file

    data = read_file(world) if world else example_world(SMALL)
    if not isinstance(data, dict):
        raise GivenError(f"{world}: a world is an object with accounts, groups and people")
    if faults:
        data = {**data, "faults": read_file(faults)}
    if engine:
        data = {**data, "settings": {**(data.get("settings") or {}), "engine": engine}}
    return data


def _instant(data: dict[str, object], stepped: str) -> datetime:
    from rotation.sandbox.given import GivenError, Instant, read

    begins = data.get("starts") if stepped == "start" else stepped
    if begins is None:
        raise GivenError("--stepped start: the world has no `starts`")
    try:
        return read(Instant, begins)
    except GivenError:
        text = f"--stepped: {begins} is not an instant such as 2026-01-05T07:55:00Z"
        raise GivenError(text) from None


def _told(what: str) -> Callable[[str], None]:
    return lambda url: _say_at_once(f"{url}  ({what}; look at {url}/sandbox/state)")


def _say_at_once(line: str) -> None:
    say(line)
    typer.get_text_stream("stdout").flush()


def _now() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 - the wiring's clock is too slow to load here
