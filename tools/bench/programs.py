"""The real programs as processes: a sandbox, a daemon on it, and what the system says of them."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

ROTATION = (sys.executable, "-m", "rotation")


@contextmanager
def daemon(config: Path) -> Iterator[int]:
    """A daemon by these settings; gives the id of its process."""
    line = [*ROTATION, "run", "--config", str(config)]
    with subprocess.Popen(line, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - our own program
        try:
            yield process.pid
        finally:
            process.terminate()


@contextmanager
def sandbox(world: Path) -> Iterator[str]:
    """A sandbox of this world with the machine's clock; gives its address."""
    line = [*ROTATION, "sandbox", "--port", "0", "--world", str(world)]
    with subprocess.Popen(line, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            said = process.stdout.readline() if process.stdout else ""
            yield said.split()[0]
        finally:
            process.terminate()


def ask(url: str, what: str) -> dict[str, object]:
    """What a sandbox says of itself: `clock`, `log`."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=30)
    connection.request("GET", f"/sandbox/{what}")
    told: dict[str, object] = json.loads(connection.getresponse().read())
    connection.close()
    return told


def free_port() -> int:
    """A port of this machine that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def resident(process: int) -> float:
    """MiB of memory that the process holds now."""
    return _memory(process, "VmRSS")


def forget_peak(process: int) -> None:
    """Its peak is the highest from now on."""
    Path(f"/proc/{process}/clear_refs").write_text("5", encoding="ascii")


def peak(process: int) -> float:
    """MiB of memory that the process held at most."""
    return _memory(process, "VmHWM")


def _memory(process: int, what: str) -> float:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(what))
    return int(line.split()[1]) / 1024


def worked(process: int) -> float:
    """Seconds of CPU that the process has used, all threads together."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
