"""What a process that lives long holds of memory, and how often it looks for what it holds no more.

The C library keeps a heap for each thread, so that threads need not wait for each other; ours take
turns at Python's lock anyhow, and what one has given back another cannot use.

What a tick makes is let go of as soon as nothing points to it, without any search. Python searches
for the rest, what points to itself, after every 700 things made, and found next to nothing: that
took a quarter to a third of all the time of a rehearsal.
"""

import ctypes
import gc
from contextlib import suppress

MADE, SMALL, MIDDLE = 20_000, 50, 100
"""Things made between two searches among the newest; so many of these searches until one among
those that are a little older, and so many of those until one among all."""
_ARENA_MAX, _HEAPS = -8, 2
"""What glibc calls the most heaps that it keeps, and how many are enough."""


def share_heaps() -> None:
    """Keep few heaps for all threads, where there is glibc; to be said before there are threads."""
    with suppress(AttributeError, OSError):  # another C library has no such heaps, or no such word
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _HEAPS)


def keep_what_is_here() -> None:
    """What there is by now stays for as long as the process; search seldom among what comes."""
    gc.freeze()
    gc.set_threshold(MADE, SMALL, MIDDLE)
