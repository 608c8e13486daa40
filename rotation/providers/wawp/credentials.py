"""The account's credentials, and the ways of putting them into a request."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from rotation.providers.wawp.strict_json import Json


class Secret(Protocol):
    """A text that shows itself only when asked."""

    def reveal(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Credentials:
    """Which instance, and the token that opens it. Neither is shown by repr."""

    instance_id: str = field(repr=False)
    token: Secret = field(repr=False)


_WRITABLE: Final = re.compile(r"[\x21-\x7e]{1,4096}")


def is_writable(text: str) -> bool:
    """Whether a credential can be written into a header at all (an empty file's cannot)."""
    return _WRITABLE.fullmatch(text) is not None


class CredentialStyle(StrEnum):
    """How requests carry the credentials. The vendor's own material shows all of these.

    BODY_HEADER: in the JSON body of a POST, in the `access-token` and `X-Instance-ID` headers of
    a GET; no URL ever holds them. HEADER: the token in the `access-token` header, the instance
    (which is no secret) in the query. BEARER: `Authorization` and `X-Instance-ID` headers, as the
    vendor's SDK does. QUERY: both in the URL, where access logs keep them; only if nothing else
    works.
    """

    BODY_HEADER = "body+header"
    HEADER = "header"
    BEARER = "bearer"
    QUERY = "query"


@dataclass(slots=True)
class Draft:
    """A request before it is sent: what goes into its headers, its query and its JSON body."""

    headers: dict[str, str]
    query: dict[str, str]
    body: dict[str, Json] | None

    def sign(self, style: CredentialStyle, instance: str, token: str) -> None:
        match style:
            case CredentialStyle.BODY_HEADER if self.body is not None:
                self.body |= {"instance_id": instance, "access_token": token}
            case CredentialStyle.BODY_HEADER:
                self.headers |= {"access-token": token, "X-Instance-ID": instance}
            case CredentialStyle.HEADER:
                self.headers["access-token"] = token
                self.query["instance_id"] = instance
            case CredentialStyle.BEARER:
                self.headers |= {"Authorization": f"Bearer {token}", "X-Instance-ID": instance}
            case CredentialStyle.QUERY:
                self.query |= {"instance_id": instance, "access_token": token}
