"""Programs of ours as processes, called for in the nursery, and everything they say."""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, TypeAlias

from tests.process.waiting import GENEROUS, in_time

Json: TypeAlias = Any
"""Whatever an answer holds; tests look into it freely."""
ROTATION = ("-m", "rotation")
NURSERY = Path(__file__).with_name("nursery.py")


class Heard:
    """Lines that a process says, read as they come, so that it never waits for its reader.

    Whoever asks for them gets all that was said by then, whether or not the reader was there.
    """

    def __init__(self, stream: IO[str]) -> None:
        self._lines: list[str] = []
        self._rest = b""
        self._is_over = False
        self._turn = threading.Lock()
        self._stream = stream
        os.set_blocking(stream.fileno(), False)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def lines(self) -> list[str]:
        self._take()
        return self._lines

    def _read(self) -> None:
        with self._stream:
            said = select.poll()
            said.register(self._stream, select.POLLIN)
            while not self._is_over:
                said.poll()
                self._take()

    def _take(self) -> None:
        """What is in the pipe by now."""
        with self._turn, suppress(BlockingIOError):
            while not self._is_over:
                said = os.read(self._stream.fileno(), 1 << 16)
                self._is_over = not said
                *whole, self._rest = (self._rest + said).splitlines(keepends=True) or [b""]
                if self._is_over or self._rest.endswith(b"\n"):
                    whole, self._rest = [*whole, self._rest], b""
                self._lines += [line.decode() for line in whole if line]

    def to_the_end(self) -> None:
        self._reader.join(GENEROUS)
        assert not self._reader.is_alive()


def outside() -> dict[str, str]:
    """The environment, without what is said to the tests."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("PYTEST", "ROTATION"))}


class Nursery:
    """Where programs are called for; see nursery.py."""

    def __init__(self) -> None:
        self.line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, NURSERY, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=outside(),
                start_new_session=True,
            )

    def close(self) -> None:
        self.line.close()
        self._process.wait()


@cache
def nursery() -> Nursery:
    """The one of these tests, started when a program is first called for."""
    found = Nursery()
    atexit.register(found.close)
    return found


class Born:
    """A process from the nursery: what is used of Popen, of a child that is not ours."""

    def __init__(self, folder: Path, argv: Sequence[str], environ: dict[str, str]) -> None:
        self.args = argv
        ours, theirs = socket.socketpair()
        (out, out_of), (err, err_of) = os.pipe(), os.pipe()
        who = {"folder": str(folder), "argv": argv, "environ": environ}
        asked = json.dumps(who).encode()
        socket.send_fds(nursery().line, [asked], [theirs.fileno(), out_of, err_of])
        theirs.close()
        os.close(out_of)
        os.close(err_of)
        self.stdout, self.stderr = os.fdopen(out), os.fdopen(err)
        self._code: int | None = None
        self._told = ours.makefile()
        ours.close()
        self.pid = int(self._told.readline())

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float) -> int:
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(list(self.args), timeout)
        return code

    def _ended(self, within: float) -> int | None:
        if self._code is None and select.select([self._told], [], [], within)[0]:
            with self._told:
                self._code = int(self._told.readline())
        return self._code

    def send_signal(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


class Program:
    """A process of ours, with everything it says. With settings of Python it starts from cold."""

    def __init__(
        self, folder: Path, *arguments: str, by: Sequence[str] = ROTATION, **environ: str
    ) -> None:
        argv, env = [*by, *arguments], outside() | environ
        self.process: Born | subprocess.Popen[str]
        if not any(name.startswith("PYTHON") for name in environ):
            self.process = Born(folder, argv, env)
        else:
            self.process = subprocess.Popen(
                [sys.executable, *argv],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                cwd=folder,
                env=env,
            )
        assert self.process.stdout
        assert self.process.stderr
        self.out, self.err = Heard(self.process.stdout), Heard(self.process.stderr)

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ends(self, within: float = GENEROUS) -> int:
        """The exit code, once it has ended by itself."""
        code = self.process.wait(within)
        self.out.to_the_end()
        self.err.to_the_end()
        return code

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.send(number)
        return self.ends()

    def kill(self) -> None:
        self.send(signal.SIGKILL)
        self.ends()

    def freeze(self) -> None:
        """Stopped, with all its threads: it does nothing until it gets SIGCONT."""
        self.send(signal.SIGSTOP)
        in_time(self._is_frozen, f"{self.process.args} stands still")

    def _is_frozen(self) -> bool:
        tasks = Path(f"/proc/{self.process.pid}/task").glob("*/stat")
        return all(task.read_text().rpartition(")")[2].split()[0] == "T" for task in tasks)

    def until(self, fact: Callable[[], object]) -> None:
        """Back once it is so; it has to be before the process ends."""
        in_time(lambda: fact() or not self.runs, f"what was awaited of {self.process.args}")
        assert self.runs, self.err.lines

    def hears(self, word: str) -> None:
        """Back once the process has said this."""
        self.until(lambda: any(word in line for line in self.out.lines))

    def told(self, event: str = "") -> list[Json]:
        """What its log says, of one kind of event or of all."""
        lines = [json.loads(line) for line in self.err.lines if line.startswith("{")]
        return [line for line in lines if line["event"].startswith(event)]

    def waits_for(self, event: str, times: int = 1) -> Json:
        """The first line of the log with this event, once it was said so often."""
        in_time(lambda: len(self.told(event)) >= times, f"{event!r} in the log: {self.err.lines}")
        return self.told(event)[0]

    @property
    def complaint(self) -> str:
        return "".join(line for line in self.err.lines if not line.startswith("{"))
