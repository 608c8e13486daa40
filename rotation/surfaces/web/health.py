"""What a monitor asks: does it live, and is it fit for work."""

from collections.abc import Collection
from typing import Literal, TypeAlias

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from rotation.surfaces.fitness import Fitness

Format: TypeAlias = Literal["text", "json"]


def routes(fitness: Fitness) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def alive(format: Format = "text") -> Response:  # noqa: A002 - the query's own word
        # In the loop itself: where that is stuck, nobody answers, which says it as well.
        return _answer("alive", fitness.lifeless(), format)

    @router.get("/readyz")
    def ready(format: Format = "text") -> Response:  # noqa: A002 - as above
        return _answer("ready", fitness.unfit(), format)

    return router


def _answer(well: str, reasons: Collection[str], form: Format) -> Response:
    """200 and one word, or 503 and a line for each reason."""
    status = 503 if reasons else 200
    if form == "json":
        return JSONResponse({well: not reasons, "reasons": list(reasons)}, status)
    return PlainTextResponse("".join(f"{line}\n" for line in reasons or (well,)), status)
