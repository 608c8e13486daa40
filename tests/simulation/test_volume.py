"""Thousands of handovers under faults: nothing promised is broken, and all of it settles.

Each case is a roster of its own, drawn from its seed, in mild or in wild weather; in one of them
many groups of an account hand over at once. What is counted
is every boundary with a row in the ledger that was proven by a read, or that the group's next one
put an end to.
"""

import pytest

from rotation.wiring.desks import planned
from rotation.wiring.simulation import Simulation

CASES, EACH = 6, 500


@pytest.mark.slow
@pytest.mark.promise("C1", "C2", "C4", "C6", "S3", "S4", "S6", "S7", "S10", "A1", "A2", "I2", "I7")
@pytest.mark.volume("handovers, simulated", EACH, f"seeds 0 to {CASES - 1}, mild and wild")
@pytest.mark.parametrize("seed", range(CASES))
def test_a_desk_that_hands_over_all_day_long_breaks_nothing(seed: int) -> None:
    simulation = Simulation(planned(seed))
    simulation.run()
    again = f"again: python tools/soak --handovers 1 --seed {seed}"
    assert simulation.oracles.found == [], again
    assert simulation.handovers >= EACH, again
