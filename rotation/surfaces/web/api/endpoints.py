"""What the API has: a question by GET for every answer, and a POST for every order."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from rotation.ledger import Rights
from rotation.surfaces.answers.answer import AnyAnswer
from rotation.surfaces.answers.registry import ANSWERS
from rotation.surfaces.orders import ORDERS, AnyOrder
from rotation.surfaces.web.api.printing import PRINT

DOCUMENT = "/openapi.json"
_PART = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one address, as `path` writes it below the API's own."""

    method: str
    path: str
    needs: Rights
    does: AnyAnswer | AnyOrder | None = None
    """None: it describes the API."""
    parts: Sequence[str] = field(default=(), init=False)
    pattern: re.Pattern[str] = field(default=re.compile(""), init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", _PART.findall(self.path))
        written = _PART.sub(r"(?P<\1>[^/]+)", re.sub(r"[.\-]", r"\\\g<0>", self.path))
        object.__setattr__(self, "pattern", re.compile(written))


def endpoints() -> tuple[Endpoint, ...]:
    """All of them."""
    return (
        Endpoint("GET", DOCUMENT, Rights.VIEWER),
        *(Endpoint("GET", one.path, one.needs, one) for one in ANSWERS.values()),
        Endpoint("GET", PRINT.path, PRINT.needs, PRINT),
        *(Endpoint("POST", f"/orders/{one.name}", one.needs, one) for one in ORDERS.values()),
    )


@dataclass(frozen=True, slots=True)
class Found:
    """What an address leads to: by method, and what stands in its parts."""

    by_method: Mapping[str, Endpoint]
    values: Mapping[str, str]

    @property
    def allowed(self) -> str:
        methods = {*self.by_method, "OPTIONS"} | ({"HEAD"} if "GET" in self.by_method else set())
        return ", ".join(sorted(methods))


class Addresses:
    """Finds endpoints by what was asked for."""

    def __init__(self, known: Sequence[Endpoint]) -> None:
        self._plain: dict[str, dict[str, Endpoint]] = {}
        self._others: dict[tuple[int, str], dict[re.Pattern[str], dict[str, Endpoint]]] = {}
        for one in known:
            if one.parts:
                alike = self._others.setdefault(_shape(one.path), {})
                alike.setdefault(one.pattern, {})[one.method] = one
            else:
                self._plain.setdefault(one.path, {})[one.method] = one

    def find(self, path: str) -> Found | None:
        """What is at `path`, which begins below the API's own."""
        if path in self._plain:
            return Found(self._plain[path], {})
        for pattern, by_method in self._others.get(_shape(path), {}).items():
            if found := pattern.fullmatch(path):
                return Found(by_method, found.groupdict())
        return None


def _shape(path: str) -> tuple[int, str]:
    """How many parts there are, and the first one, which is the same whatever is asked for."""
    return path.count("/"), path[1:].partition("/")[0]
