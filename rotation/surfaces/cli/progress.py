"""What a person sees while a command waits: on a terminal one line that changes, else nothing."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rotation.surfaces.masking import on_one_line

_CLEARED = "\r\x1b[2K"


@contextmanager
def awaited(text: str) -> Iterator[Callable[[str], None]]:
    """Shows `text` on the error output until the `with` ends.

    What it gives shows another text in its place; an empty one makes room for other output.
    """
    if not sys.stderr.isatty():
        yield lambda _text: None
        return
    _show(text)
    try:
        yield _show
    finally:
        _show("")


def _show(text: str) -> None:
    columns = shutil.get_terminal_size().columns - 4
    dots = "..." if text else ""
    sys.stderr.write(f"{_CLEARED}{on_one_line(text)[:columns]}{dots}")
    sys.stderr.flush()
