"""Explore all that can happen to two replicas, three people and a group, and say how much it was.

    python tools/explorer [FAULTS [CRASHES]]

At most 2 faults and 1 crash if nothing is said. Ends with 1 if an invariant can be broken, and
prints the shortest way there.
"""

import os
import sys
import time
from functools import partial
from multiprocessing import Pool

from desk import DESKS, Desk
from search import Found, explored


def main(faults: int = 2, crashes: int = 1) -> int:
    """The exit code: 1 when an invariant can be broken."""
    print(f"2 replicas, 3 people, 1 group, at most {faults} faults and {crashes} crashes")
    wrongs = 0
    with Pool(os.cpu_count()) as pool:
        for number, found, took in pool.imap(partial(timed, faults, crashes), range(len(DESKS))):
            print(line(DESKS[number], found, took), flush=True)
            for wrong, way in found.wrongs.items():
                wrongs += 1
                print("\n".join([f"  {wrong}", *(f"    {step}" for step in way)]))
    return int(wrongs > 0)


def timed(faults: int, crashes: int, number: int) -> tuple[int, Found, float]:
    began = time.process_time()
    found = explored(DESKS[number], faults, crashes)
    return number, found, time.process_time() - began


def line(desk: Desk, found: Found, took: float) -> str:
    return (
        f"{desk.name:<38} {found.states:>9} states  {found.transitions:>9} transitions"
        f"  depth {found.depth:>3}  {found.ends:>7} ends  {took:6.0f} s of a core"
    )


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
