"""Wawp, a WhatsApp gateway: its HTTP API spoken, its answers judged, its secrets kept."""

from rotation.providers.wawp.chat import LONGEST_TEXT, Wawp
from rotation.providers.wawp.credentials import Credentials, CredentialStyle, Secret
from rotation.providers.wawp.wire import Endpoint, Exchanged

__all__ = [
    "LONGEST_TEXT",
    "CredentialStyle",
    "Credentials",
    "Endpoint",
    "Exchanged",
    "Secret",
    "Wawp",
]
