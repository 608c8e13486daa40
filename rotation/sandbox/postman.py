"""Delivers webhooks to this machine, one at a time and once each: best effort, never further."""

from http.client import HTTPConnection, HTTPException
from ipaddress import ip_address
from urllib.parse import urlsplit

from rotation.sandbox.hooks import Delivery

PATIENCE = 2.0
"""Seconds a receiver has to take a webhook."""


def deliver(sent: Delivery) -> int | None:
    """Posts one webhook; the status it got, or None when nobody took it.

    Only plain HTTP to this machine's own addresses: the sandbox talks to nobody else.
    """
    url = urlsplit(sent.url)
    if url.scheme != "http" or not is_this_machine(url.hostname or ""):
        return None
    connection = HTTPConnection(url.hostname or "", url.port or 80, timeout=PATIENCE)
    target = url._replace(scheme="", netloc="", fragment="").geturl() or "/"
    try:
        connection.request("POST", target, sent.body, dict(sent.headers))
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
