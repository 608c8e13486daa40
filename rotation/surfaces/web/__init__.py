"""The web in the daemon: what a browser, a provider's webhooks and a monitor may ask of it."""

import asyncio
from collections.abc import Callable

from rotation.settings import Listening
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web import app, serving

__all__ = ["serve"]


async def serve(
    fitness: Fitness,
    at: Listening,
    closing: asyncio.Event,
    started: Callable[[str], None] | None = None,
) -> None:
    """Answer browsers until `closing`; `started` is told the base URL once it is had."""
    made = await asyncio.to_thread(app.build, fitness, closing)
    await serving.serve(made, at, closing, started)
