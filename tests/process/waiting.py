"""Waiting for what has to come about, for as long as a busy machine may need."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
GENEROUS = 240.0
"""Real seconds anything may take on a busy machine; nothing is measured by them."""


def in_time(fact: Callable[[], T], what: str) -> T:
    """The fact once it is true; an error naming `what` after a generous time."""
    ends, pause = time.monotonic() + GENEROUS, threading.Event()
    while time.monotonic() < ends:
        if found := fact():
            return found
        pause.wait(0.02)
    raise AssertionError(f"never came about: {what}")
