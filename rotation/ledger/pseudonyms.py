"""Names and hashes that nobody can turn back into a number without this ledger's salt."""

import hashlib
import hmac
import secrets
from functools import cached_property

from rotation.ledger.meta import Meta
from rotation.ledger.transaction import Transaction

_SALT = "salt"


class Pseudonyms:
    def __init__(self, conn: Transaction) -> None:
        self._conn = conn

    def of(self, secret: str) -> str:
        """Short, for a name that people read."""
        return self.whole(secret)[:10]

    def whole(self, secret: str) -> str:
        return hmac.new(self._salt, secret.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def _salt(self) -> bytes:
        meta = Meta(self._conn)
        salt = meta.get(_SALT)
        if salt is None:
            salt = secrets.token_hex(32)
            meta.put(_SALT, salt)
        return salt.encode()
