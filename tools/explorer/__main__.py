"""Explore all that can happen to two replicas, three people and a group, and say how much it was.

    python tools/explorer [FAULTS [CRASHES]]

At most 2 faults and 1 crash if nothing is said. Ends with 1 if an invariant can be broken, and
prints the shortest way there.
"""

import sys
import time

from desk import DESKS
from search import explored


def main(faults: int = 2, crashes: int = 1) -> int:
    print(f"2 replicas, 3 people, 1 group, at most {faults} faults and {crashes} crashes")
    wrongs = 0
    for desk in DESKS:
        began = time.perf_counter()
        found = explored(desk, faults, crashes)
        took = time.perf_counter() - began
        print(
            f"{desk.name:<36} {found.states:>9} states  {found.transitions:>9} transitions"
            f"  depth {found.depth:>3}  {found.ends:>7} ends  {took:7.1f} s",
            flush=True,
        )
        for wrong, way in found.wrongs.items():
            wrongs += 1
            print("\n".join([f"  {wrong}", *(f"    {step}" for step in way)]))
    return int(wrongs > 0)


if __name__ == "__main__":
    sys.exit(main(*(int(word) for word in sys.argv[1:])))
