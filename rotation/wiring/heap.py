"""How often a process that lives long looks for what it holds no more.

What a tick makes is let go of as soon as nothing points to it, without any search. Python searches
for the rest, what points to itself, after every 700 things made, and found next to nothing: that
took a quarter to a third of all the time of a rehearsal.
"""

import gc

MADE, SMALL, MIDDLE = 20_000, 50, 100
"""Things made between two searches among the newest; so many of these searches until one among
those that are a little older, and so many of those until one among all."""


def keep_what_is_here() -> None:
    """What there is by now stays for as long as the process; search seldom among what comes."""
    gc.freeze()
    gc.set_threshold(MADE, SMALL, MIDDLE)
