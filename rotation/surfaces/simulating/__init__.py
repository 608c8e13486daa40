"""`rotation simulate`: a stretch of time on somebody's own rosters, and what came of it."""

from rotation.surfaces.simulating.page import page
from rotation.surfaces.simulating.result import Asked, Came, Result, simulated
from rotation.surfaces.simulating.words import next_steps, sections

__all__ = ["Asked", "Came", "Result", "next_steps", "page", "sections", "simulated"]
