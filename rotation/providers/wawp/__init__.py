"""Wawp, a WhatsApp gateway: its HTTP API spoken, its answers judged, its secrets kept."""

from rotation.providers.wawp.chat import LONGEST_TEXT, Wawp
from rotation.providers.wawp.credentials import Credentials, CredentialStyle, Secret
from rotation.providers.wawp.hooks import EVENTS, SHORTEST_SECRET, Hooks, path_key, shown_address
from rotation.providers.wawp.wire import Endpoint, Exchanged

__all__ = [
    "EVENTS",
    "LONGEST_TEXT",
    "SHORTEST_SECRET",
    "CredentialStyle",
    "Credentials",
    "Endpoint",
    "Exchanged",
    "Hooks",
    "Secret",
    "Wawp",
    "path_key",
    "shown_address",
]
