"""The line between a daemon and the sandbox, on which a call may be held up."""

import http.client
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from tests.process.waiting import GENEROUS, in_time


@dataclass(slots=True)
class Held:
    """A call that is held up on its way. `arrives`: whether it has reached the chat by then.

    With `passes` it is not held up, and only noticed once it was answered.
    """

    arrives: bool
    passes: bool = False
    reached: threading.Event = field(default_factory=threading.Event)
    freed: threading.Event = field(default_factory=threading.Event)

    def wait(self) -> None:
        assert self.reached.wait(GENEROUS), "the call to be held never came"

    def drop(self) -> None:
        """The line breaks here."""
        self.freed.set()


class Between(ThreadingHTTPServer):
    """Passes calls on to the sandbox, and may hold one up: before it arrives, or its answer."""

    daemon_threads = True

    def __init__(self, url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.onward = urlsplit(url).netloc
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._held: list[Held] = []
        self._lines = 0
        self._turn = threading.Lock()
        self._next: tuple[str | tuple[str, ...], int, Held] | None = None
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def hold(self, what: str | tuple[str, ...], *, arrives: bool, nth: int = 1) -> Held:
        """Hold up the nth call from now on whose path ends like this."""
        return self._awaits(what, nth, Held(arrives))

    def notice(self, what: str | tuple[str, ...], *, nth: int = 1) -> Held:
        """Notice when the nth call from now on whose path ends like this was answered."""
        return self._awaits(what, nth, Held(arrives=True, passes=True))

    def _awaits(self, what: str | tuple[str, ...], nth: int, held: Held) -> Held:
        self._held.append(held)
        self._next = (what, nth, held)
        return held

    def held(self, path: str) -> Held | None:
        """How this call is to be held up, if it is."""
        if self._next is None or not path.partition("?")[0].endswith(self._next[0]):
            return None
        what, nth, held = self._next
        self._next = (what, nth - 1, held) if nth > 1 else None
        return held if nth == 1 else None

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller who was killed hears nothing."""

    def process_request(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - the library's own
        self._counts(1)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:  # noqa: ANN401 - the library's own
        super().shutdown_request(request)
        self._counts(-1)

    def _counts(self, lines: int) -> None:
        with self._turn:
            self._lines += lines

    def is_left(self) -> None:
        """Whatever its callers said before they ended has arrived."""
        line = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=GENEROUS)
        line.request("GET", "/sandbox/clock")  # after whoever is not yet let in
        line.getresponse().read()
        line.close()
        in_time(lambda: not self._lines, "the last line is closed")

    def close(self) -> None:
        for held in self._held:
            held.drop()
        self.shutdown()
        self.server_close()


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Between

    def setup(self) -> None:
        super().setup()
        self._onward = http.client.HTTPConnection(self.server.onward, timeout=GENEROUS)

    def finish(self) -> None:
        self._onward.close()
        super().finish()

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        held = self.server.held(self.path)
        if held is not None and not held.arrives:
            self._hold(held)
            return
        try:
            self._onward.request(self.command, self.path, body, dict(self.headers))
            answer = self._onward.getresponse()
            said = answer.read()
        except (http.client.HTTPException, OSError):
            self._onward.close()
            self.close_connection = True
            return
        if held is not None and not held.passes:
            self._hold(held)
            return
        head = "".join(f"{k}: {v}\r\n" for k, v in answer.getheaders())
        self.wfile.write(f"HTTP/1.1 {answer.status} {answer.reason}\r\n{head}\r\n".encode() + said)
        if held is not None:
            held.reached.set()

    def _hold(self, held: Held) -> None:
        held.reached.set()
        held.freed.wait(GENEROUS)
        self.close_connection = True

    do_GET = do_POST = _pass_on  # noqa: N815 - the library's names

    def log_message(self, *_: object) -> None:
        pass
