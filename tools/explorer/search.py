"""Every state that can be reached, breadth first, each looked at once."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from desk import Desk
from judge import Judge
from moves import LEASE, Core, Moves
from state import beginning


@dataclass
class Found:
    """How much there was to see, and the first way to each kind of wrong."""

    states: int = 0
    transitions: int = 0
    depth: int = 0
    ends: int = 0
    wrongs: dict[str, list[str]] = field(default_factory=dict)

    @property
    def rules(self) -> set[str]:
        return {wrong.split(":")[0] for wrong in self.wrongs}


def explored(
    desk: Desk, faults: int, crashes: int, core: Core | None = None, *, first_only: bool = False
) -> Found:
    """All that can happen at `desk` with so many faults and crashes, at whatever moments.

    With `first_only` no more than it takes to find something wrong.
    """
    judge, found = Judge(desk), Found()
    moves = Moves(desk, core or Core(), judge)
    first = beginning(desk, faults, crashes, desk.begins + LEASE)
    came: dict[int, tuple[int, str]] = {hash(first): (0, "")}
    frontier = deque([(first, hash(first), 0)])
    while frontier and not (first_only and found.wrongs):
        state, here, depth = frontier.popleft()
        found.states, found.depth = found.states + 1, max(found.depth, depth)
        if judge.is_over(state):
            found.ends += 1
            continue
        judge.at_rest(state, state.now)
        wrong = judge.taken()
        _note(found, wrong, came, here, "")
        if wrong:
            continue
        for name, then in moves.following(state):
            found.transitions += 1
            _note(found, judge.taken(), came, here, name)
            key = hash(then)
            if key not in came:
                came[key] = (here, name)
                frontier.append((then, key, depth + 1))
    return found


def _note(
    found: Found, wrongs: list[str], came: dict[int, tuple[int, str]], key: int, name: str
) -> None:
    for wrong in wrongs:
        if wrong not in found.wrongs:
            found.wrongs[wrong] = [*reversed(list(_way(came, key))), name]


def _way(came: dict[int, tuple[int, str]], key: int) -> Iterator[str]:
    while key in came and came[key][1]:
        key, name = came[key]
        yield name
