"""What a monitor asks: does it live, and is it fit for work."""

from fastapi import APIRouter
from starlette.responses import PlainTextResponse

from rotation.wiring import Parts


def routes(_parts: Parts) -> APIRouter:
    router = APIRouter()

    @router.get("/healthz")
    async def alive() -> PlainTextResponse:
        return PlainTextResponse("alive\n")

    return router
