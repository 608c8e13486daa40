"""What a monitor asks: does it live, and is it fit for work."""

from collections.abc import Collection

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from rotation.surfaces.fitness import Fitness

FORMATS = ("text", "json")


def routes(fitness: Fitness) -> list[Route]:
    async def alive(request: Request) -> Response:
        # In the loop itself: where that is stuck, nobody answers, which says it as well.
        return _answer("alive", fitness.lifeless(), request)

    def ready(request: Request) -> Response:
        return _answer("ready", fitness.unfit(), request)

    return [Route("/healthz", alive), Route("/readyz", ready)]


def _answer(well: str, reasons: Collection[str], request: Request) -> Response:
    """200 and one word, or 503 and a line for each reason."""
    status, form = 503 if reasons else 200, request.query_params.get("format", "text")
    if form not in FORMATS:
        return PlainTextResponse(f"the format is one of {', '.join(FORMATS)}\n", 422)
    if form == "json":
        return JSONResponse({well: not reasons, "reasons": list(reasons)}, status)
    return PlainTextResponse("".join(f"{line}\n" for line in reasons or (well,)), status)
