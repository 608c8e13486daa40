"""Templates and what they are dressed in. Everything that is filled in is text: nothing is trusted.

The files are read once. Their address holds a digest of what is in them, so a browser keeps them.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from urllib.parse import quote, urlencode

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response

from rotation.surfaces.saying import city, length_said, listed
from rotation.surfaces.sight import Sight
from rotation.surfaces.web.board.actors import ACTOR, Actor
from rotation.surfaces.web.pace import TOO_OFTEN

_HERE = "rotation.surfaces.web.board"
_KINDS = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
          "svg": "image/svg+xml"}  # fmt: skip
_HEADERS = {"referrer-policy": "same-origin"}
"""With none at all a browser would not say either that a form was sent from here."""
_A_YEAR = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Static:
    """A file that pages are dressed in, under the address that its content gives it."""

    name: str
    body: bytes
    kind: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.body).hexdigest()[:12]

    @property
    def address(self) -> str:
        return f"/static/{self.digest}/{self.name}"


@cache
def statics() -> Mapping[str, Static]:
    folder = files(_HERE) / "static"
    found = (f for f in folder.iterdir() if f.name.rpartition(".")[2] in _KINDS)
    return {
        f.name: Static(f.name, f.read_bytes(), _KINDS[f.name.rpartition(".")[2]]) for f in found
    }


def static(digest: str, name: str) -> Response:
    found = statics().get(name)
    if found is None or found.digest != digest:
        return PlainTextResponse("there is no such file\n", 404)
    return Response(found.body, media_type=found.kind, headers={"cache-control": _A_YEAR})


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(
        lasting=length_said,
        listed=listed,
        city=city,
        instant=_instant,
        part=lambda text: quote(str(text), safe=""),
        query=urlencode,
        coded=_coded,
    )
    made.globals.update(address=lambda name: statics()[name].address)
    return made


def _coded(text: str) -> Markup:
    """What stands between `these` as code, and all of it as nothing but text."""
    parts = [escape(part) for part in str(text).split("`")]
    if len(parts) % 2 == 0:
        return escape(text)
    inside = (Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))
    return Markup("").join(inside)


def _instant(at: datetime) -> str:
    """For programs: `2026-01-05T08:00:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def drawn(template: str, status: int, **values: object) -> Response:
    """A page; in a thread of its own, since drawing takes a while."""
    return HTMLResponse(_environment().get_template(template).render(values), status, _HEADERS)


def too_often(wait: int) -> Response:
    """Said of one order more than a minute may have; the next one may come in `wait` seconds."""
    what = f"{TOO_OFTEN}. Go on in {wait} s."
    answer = drawn("trouble.html", 429, title="Not now", here="", who="", what=what)
    answer.headers["retry-after"] = str(wait)
    return answer


def framed(
    sight: Sight, request: Request, template: str, status: int, **values: object
) -> Response:
    """A page of the board, with what stands around all of them: who looks, and what they may do."""
    actor: Actor | None = request.scope[ACTOR]
    frame = {
        "here": template.removesuffix(".html"), "now": sight.now, "digest": sight.digest,
        "actor": actor, "who": "" if actor is None else actor.name, "path": request.url.path,
        "dev": actor is not None and actor.is_dev,
    }  # fmt: skip
    return drawn(template, status, **frame, **values)
