"""A server on this machine for as long as a `with`, for whatever a test wants to be asked."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SOON = 0.05
"""Seconds after which it ends at the latest."""


@contextmanager
def answering(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[str]:
    """Its address. Every GET and POST is answered by `answer`, in a thread of its own.

    Whoever asked may have gone away by then.
    """

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                answer(self)
            except OSError:
                self.close_connection = True

        do_POST = do_GET  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, args=(SOON,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def gives(to: BaseHTTPRequestHandler, status: int, text: str = "") -> None:
    """An answer."""
    to.send_response(status)
    to.end_headers()
    to.wfile.write(text.encode())


def body(of: BaseHTTPRequestHandler) -> bytes:
    """What was sent along."""
    return of.rfile.read(int(of.headers["content-length"]))


def named(of: BaseHTTPRequestHandler) -> dict[str, str]:
    """The headers by their names, in small letters."""
    return {name.lower(): value for name, value in of.headers.items()}
