"""Answers that are not the true one: what a faulty server says instead."""

from rotation.sandbox.engines import broken_engine
from rotation.sandbox.faults import Fault, Hears
from rotation.sandbox.wire import Response, answer, refusal

_HTML = {"content-type": "text/html; charset=utf-8"}
_PAGE = b"<!DOCTYPE html><html><head><title>Just a moment...</title></head><body></body></html>"


def misheard(true: Response, fault: Fault) -> Response:
    """What the caller is told in place of the true answer; the same where nothing is changed."""
    match fault.answer:
        case Hears.ERROR:
            error = {"code": "wawp_upstream_error"}
            return refusal(fault.status, "Upstream did not answer", "Upstream error", **error)
        case Hears.HTML:
            return Response(200, _HTML, _PAGE)
        case Hears.TRUNCATED:
            return Response(true.status, true.headers, true.body[: len(true.body) // 2])
        case Hears.HOLLOW:
            return answer([])
        case Hears.BLANK:
            return Response(200)
        case _:
            return _said_no(true, fault)


def _said_no(true: Response, fault: Fault) -> Response:
    match fault.answer:
        case Hears.THROTTLE:
            return throttled(fault.retry_after)
        case Hears.DISGUISED:
            text = f"2 UNKNOWN: info query returned status {fault.status}"
            return broken_engine(text, {}, fault.status)
        case Hears.RESTRICTED:
            return broken_engine("2 UNKNOWN: server returned error 463", {})
        case Hears.QUOTA:
            code = {"code": "quota_reached"}
            return refusal(403, "You have reached the limit of your plan", "Forbidden", **code)
        case _:
            return true


def throttled(retry_after: str | None) -> Response:
    """429, with Retry-After or without."""
    told = refusal(429, "rate-overlimit", "Too Many Requests")
    if retry_after is None:
        return told
    return Response(429, {**told.headers, "retry-after": retry_after}, told.body)
