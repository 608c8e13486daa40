"""Commands that look after the ledger: db, and for one in a file backup and restore."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from rotation import ledger
from rotation.ledger import LedgerTrouble, UnknownSchema, file_lock, on_server
from rotation.surfaces import backups
from rotation.surfaces.backups import Contents
from rotation.surfaces.cli.desk import Author, Json, Yes, agreed, author_or_user
from rotation.surfaces.cli.moment import now
from rotation.surfaces.cli.operate import Config, settings_or_fail
from rotation.surfaces.cli.output import Ends, as_json, complain, fail, say
from rotation.surfaces.cli.progress import awaited


def register(app: typer.Typer) -> None:
    db = typer.Typer(
        help="The ledger's schema, bringing it up to date, and moving to another database.",
        no_args_is_help=True,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    db.command()(upgrade)
    db.command()(current)
    db.command()(copy)
    app.add_typer(db, name="db")
    app.command()(backup)
    app.command()(restore)


def upgrade(*, config: Config = None, as_data: Json = False) -> None:
    """Make the ledger, or bring it to the schema this rotation needs, all or nothing.

    A file is left alone while a daemon runs on it. On a server daemons of the older version end as
    soon as it is done. Take a backup first: there is no way back but that.

    Example: rotation backup /var/backups && rotation db upgrade
    """
    with _plainly():
        url, name = _ledger(config)
        before = ledger.current(url)
        if before != ledger.head():
            with _unused(url, before), awaited("bringing the ledger up to date"):
                ledger.upgrade(url)
    after = ledger.head()
    if as_data:
        as_json({"ledger": name, "before": before, "revision": after})
    elif before == after:
        say(f"{name} has schema {after} already")
    else:
        say(f"{name} has schema {after} now" + (f"; it had {before}" if before else ", a new one"))


def _unused(url: str, revision: str | None) -> AbstractContextManager[object]:
    """Daemons that look at the schema in every transaction may run meanwhile. Raises LedgerHeld."""
    looks = on_server(url) and revision not in {None, *BEFORE_LEASES}
    return nullcontext() if looks else file_lock(url)


BEFORE_LEASES = ("0001",)
"""Schemas whose daemons do not notice that they are outdated."""


def current(*, config: Config = None, as_data: Json = False) -> None:
    """Which schema the ledger has, and which this rotation needs.

    Ends with 1 unless they are the same.

    Example: rotation db current
    """
    with _plainly():
        url, name = _ledger(config)
        revision = ledger.current(url)
    if as_data:
        as_json({"ledger": name, "revision": revision, "needed": ledger.head()})
    elif revision == ledger.head():
        say(f"{name} has schema {revision}, as needed")
    else:
        say(f"{name} has schema {revision or 'none'}; this rotation needs {ledger.head()}")
    if revision != ledger.head():
        _complain_of(url)
        raise typer.Exit(Ends.PROBLEMS)


def _complain_of(url: str) -> None:
    opened = ledger.Ledger(url)
    try:
        opened.require_schema()
    except UnknownSchema as why:
        complain(f"rotation: {why}")
    finally:
        opened.close()


def copy(
    source: Annotated[Path, typer.Argument(help="The SQLite file to move from.")],
    *,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Copy a ledger from a file into the empty database that the settings name, and prove it.

    For moving to PostgreSQL: stop the daemon, name the new database in rotation.toml, copy, and
    start it again. All or nothing. The file stays, marked as outdated, so that no daemon acts on it
    without a person's word. Refused while a daemon runs on either, and when something was ever
    written to the database.

    Ends with 1 when the file's audit was not as it was written; it is copied all the same.

    Example: rotation db copy rotation.db
    """
    with _plainly():
        url, name = _ledger(config)
        path = source.absolute()
        found = backups.contents(path)
        if not ledger.on_server(url) and backups.is_part_of(path, backups.ledger_file(url)):
            fail(
                f"{path} is the ledger that the settings name",
                "Name the new database there first",
                Ends.USAGE,
            )
        with awaited(f"copying {path}") as shows:
            moved = ledger.move(
                f"sqlite:///{path}",
                url,
                now(),
                lambda table, rows: shows(f"copying {table}: {rows}"),
            )
    if as_data:
        as_json({"ledger": name, "from": path, "rows": moved.rows, "audit": moved.last,
                 "broken": moved.broken})  # fmt: skip
    else:
        rows = f"{sum(moved.rows.values())} rows, {moved.rows['audit']} of them audit records"
        say(f"{name} has all that {path} had: {rows}, which follow one from the other as there")
        say("Start the daemon. The file is marked as outdated, and may be kept as a backup.")
    if moved.broken is not None:
        _complain_of_audit(found)
        raise typer.Exit(Ends.PROBLEMS)


def backup(
    target: Annotated[Path, typer.Argument(help="A new file, or a folder for one.")],
    *,
    force: Annotated[bool, typer.Option("--force", help="Write over an older backup.")] = False,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Copy the ledger while it is in use, and prove that the copy is whole.

    The daemon goes on meanwhile. In a folder the copy is called rotation-20270314T013000Z.db.

    Ends with 1 when the copy's audit is not as it was written; the copy is kept all the same.

    Example: rotation backup /var/backups/rotation
    """
    with _plainly():
        url, path = _file(config)
        at = now()
        to = target.absolute()
        to = to / f"rotation-{at:%Y%m%dT%H%M%SZ}.db" if to.is_dir() else to
        _require_target(to, path, force=force)
        with awaited(f"copying {path}"):
            found = backups.write_backup(url, to)
    if as_data:
        as_json({"at": at, "backup": _told(found)})
    else:
        say(f"{to}: {_in_words(found)}")
        if found.last is not None:
            say(f"Keep this elsewhere, to see later that nothing was cut: {_anchor(found)}")
    if found.broken is not None:
        _complain_of_audit(found)
        raise typer.Exit(Ends.PROBLEMS)


def _require_target(to: Path, path: Path, *, force: bool) -> None:
    if not path.exists():
        fail(f"there is no ledger at {path} yet", "`rotation run` makes it")
    if not to.parent.is_dir():
        fail(f"there is no folder {to.parent}", "Make it first", Ends.USAGE)
    if backups.is_part_of(to, path):
        fail(f"{to} is the ledger itself", "Name another place, best on another disk", Ends.USAGE)
    if to.exists() and not force:
        fail(f"{to} is there already", "Name a new file, or add --force", Ends.USAGE)


def restore(
    source: Annotated[Path, typer.Argument(help="The file that `rotation backup` wrote.")],
    *,
    yes: Yes = False,
    author: Author = None,
    config: Config = None,
    as_data: Json = False,
) -> None:
    """Put a backup in the ledger's place; what it replaces is kept beside it.

    Refused while a daemon runs, and for a file that does not hold together. A restored ledger is
    older than the groups, so a person looks before it is acted on; its audit says who restored it.

    Example: rotation restore /var/backups/rotation/rotation-20270314T013000Z.db
    """
    who = author_or_user(author)
    with _plainly():
        url, path = _file(config)
        source = source.absolute()
        if backups.is_part_of(source, path):
            fail(f"{source} is the ledger itself", "Name a backup", Ends.USAGE)
        with awaited(f"looking into {source}"):
            found = backups.contents(source)
        with file_lock(url):
            pass
        if not as_data:
            say(f"{source}: {_in_words(found)}")
        if found.broken is not None:
            _complain_of_audit(found)
        if not agreed(f"Put it in the place of {path}?", yes=yes):
            say("nothing was changed")
            raise typer.Exit(Ends.PROBLEMS)
        with awaited(f"restoring {path}"):
            kept = backups.bring_back(source, url, now(), who)
    if as_data:
        as_json({"ledger": path, "restored": _told(found), "replaced": kept})
        return
    say(f"{path} is what the backup held" + (f"; what it replaced is {kept}" if kept else ""))
    if found.revision != ledger.head():
        say("Run `rotation db upgrade` next: the backup has an older schema.")
    say("Start the daemon, then look at `rotation holds`: a person says when it may act again.")


def _ledger(config: Path | None) -> tuple[str, str]:
    """The ledger's URL, and how it is called: a file's path, or a database without password."""
    url = settings_or_fail(config, need_secrets=False).database.reveal()
    return url, ledger.name_of(url)


def _file(config: Path | None) -> tuple[str, Path]:
    """The ledger's URL and file; ends the command where it has none."""
    url = settings_or_fail(config, need_secrets=False).database.reveal()
    return url, backups.ledger_file(url)


@contextmanager
def _plainly() -> Iterator[None]:
    """What can't be done is said in words."""
    try:
        yield
    except (LedgerTrouble, ValueError) as trouble:
        fail(str(trouble))
    except OSError as trouble:
        fail(f"{trouble.filename or 'the ledger'}: {trouble.strerror or trouble}")


def _in_words(found: Contents) -> str:
    size = f"{found.size / 1e6:.1f} MB, schema {found.revision}"
    if found.revision != ledger.head():
        return f"{size}, which is older than this rotation's"
    newest, gone = (at.seq if at is not None else 0 for at in (found.last, found.let_go))
    audit = "not as it was written" if found.broken is not None else "whole"
    return f"{size}, {newest - gone} audit records, {audit}"


def _anchor(found: Contents) -> str:
    return f"{found.last.seq} {found.last.digest}" if found.last is not None else ""


def _told(found: Contents) -> dict[str, object]:
    return {
        "path": found.path,
        "bytes": found.size,
        "revision": found.revision,
        "audit": found.last,
        "broken": found.broken,
    }


def _complain_of_audit(found: Contents) -> None:
    if found.broken is not None:
        complain(
            f"rotation: audit record {found.broken.seq} is not as it was written: "
            f"{found.broken.why}. Keep this file as evidence, and compare it with an older backup"
        )
