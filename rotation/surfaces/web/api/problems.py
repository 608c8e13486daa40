"""What is answered where something is not as it should be: RFC 9457, with what to do about it."""

from collections.abc import Iterable, Mapping
from enum import Enum

from starlette.responses import Response

from rotation.surfaces.data import bytes_of
from rotation.surfaces.masking import masked
from rotation.surfaces.wrong import Changed, NotAllowed, Problem, Refused, Unknown, Wrong

MEDIA = "application/problem+json"


class Trouble(Enum):
    """Every kind of it: its word, its status, and its title."""

    MALFORMED = ("malformed", 400, "The request cannot be read")
    NO_TOKEN = ("no-token", 401, "A good token is needed")
    NOT_ALLOWED = ("not-allowed", 403, "The token does not allow it")
    UNKNOWN = ("unknown", 404, "There is no such thing")
    NO_METHOD = ("no-such-method", 405, "The address does not take this method")
    TOO_SLOW = ("too-slow", 408, "The body did not arrive in time")
    REFUSED = ("refused", 409, "Something speaks against it as things are")
    CHANGED = ("changed", 409, "It is not what was agreed to any more")
    KEY_REUSED = ("key-reused", 409, "The idempotency key was used for something else")
    KEY_IN_USE = ("key-in-use", 409, "The request with this idempotency key is still under way")
    TOO_LARGE = ("too-large", 413, "The body is too large")
    NOT_JSON = ("not-json", 415, "The body has to be JSON")
    NO_HOST = ("no-such-host", 421, "This host is not answered for")
    WRONG = ("wrong", 422, "The request makes no sense as it is")
    TOO_MANY = ("too-many", 429, "Too many requests")
    FAULT = ("fault", 500, "That went wrong, and it is our fault")
    NOT_NOW = ("not-now", 503, "It cannot be answered now")

    def __init__(self, word: str, status: int, title: str) -> None:
        self.word = word
        self.status = status
        self.title = title


class Said(Exception):  # noqa: N818 - the words of the house, not "...Error"
    """A request ends with this. `fix` may be empty."""

    def __init__(
        self,
        trouble: Trouble,
        detail: str,
        fix: str = "",
        problems: tuple[Problem, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.detail = detail
        self.fix = fix
        self.problems = problems
        self.headers = headers


def of(wrong: Wrong, *, asked: bool) -> Said:
    """What is said of what a surface raised; `asked`: by a question, whose names are addresses."""
    match wrong:
        case Refused():
            return Said(Trouble.REFUSED, wrong.what, wrong.fix, wrong.problems)
        case Changed():
            return Said(Trouble.CHANGED, wrong.what, wrong.fix)
        case NotAllowed():
            return Said(Trouble.NOT_ALLOWED, wrong.what, wrong.fix)
        case Unknown() if asked:
            return Said(Trouble.UNKNOWN, wrong.what, wrong.fix)
        case _:
            return Said(Trouble.WRONG, wrong.what, wrong.fix)


def told(said: Said) -> dict[str, object]:
    """The problem's members; `fix` and `problems` only where there are any."""
    found: dict[str, object] = {
        "type": f"urn:rotation:problem:{said.trouble.word}",
        "title": said.trouble.title,
        "status": said.trouble.status,
        "detail": masked(said.detail),
    }
    if said.fix:
        found["fix"] = masked(said.fix)
    if said.problems:
        found["problems"] = list(each(said.problems))
    return found


def each(problems: Iterable[Problem]) -> Iterable[dict[str, object]]:
    return (
        {"what": masked(one.what), "group": one.group, "fix": masked(one.fix)} for one in problems
    )


def response(said: Said) -> Response:
    headers = dict(said.headers or {})
    return Response(bytes_of(told(said)), said.trouble.status, headers, MEDIA)
