"""What a monitor is told: how many there are of what, worked out when it asks.

No person, no number and no group stands in a label. People's business is the board's; groups are
called after customers, a monitor keeps what it heard for years, and ten thousand of them are more
than it wants. Which group it is, `rotation status` says.
"""

import hmac
import threading
from collections.abc import Iterable, Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from rotation.ledger import LedgerTrouble
from rotation.settings import Web
from rotation.surfaces.fitness import Fitness
from rotation.surfaces.web import known, remembered
from rotation.surfaces.web.families import gauge


def routes(fitness: Fitness) -> list[Route]:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Measured(fitness))
    ProcessCollector(registry=registry)
    web, turn = fitness.parts.settings.web, threading.Lock()

    def measured(request: Request) -> Response:
        if (why_not := _closed(web, request.headers.get("authorization", ""))) is not None:
            return PlainTextResponse(f"{why_not}\n", 401, {"www-authenticate": "Bearer"})
        with turn:  # however many ask, they take no more of the ledger's connections than one
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return [Route("/metrics", measured)]


def _closed(web: Web, shown: str) -> str | None:
    """Why whoever shows this may not know, or None."""
    if web.metrics_token is None:
        return None if web.is_private else "set web.metrics_token_file, and send what is in it"
    wanted = f"Bearer {web.metrics_token.reveal()}"
    if hmac.compare_digest(shown.encode(), wanted.encode()):
        return None
    return "send the token of web.metrics_token_file as Authorization: Bearer"


class Measured(Collector):
    """Everything there is to measure, from memory and from the ledger, at one instant."""

    def __init__(self, fitness: Fitness) -> None:
        self._fitness = fitness
        self._counted = remembered.Remembered(fitness.parts)

    def collect(self) -> Iterable[Metric]:
        yield from known.metrics(self._fitness)
        yield from self._of_ledger()

    def _of_ledger(self) -> Iterator[Metric]:
        """Without a ledger nothing is said of what is in it, but that it does not answer."""
        try:
            found = list(self._counted.metrics())
        except LedgerTrouble:
            found = []
        yield gauge("ledger_up", "Whether the ledger answered.", [((), float(bool(found)))])
        yield from found
