"""Small facts about the ledger itself, by name."""

from sqlalchemy import Connection, bindparam, select

from rotation.ledger import tables
from rotation.ledger.rows import upsert

_VALUE = select(tables.meta.c.value).where(tables.meta.c.key == bindparam("key"))


class Meta:
    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def get(self, key: str) -> str | None:
        found: str | None = self._conn.execute(_VALUE, {"key": key}).scalar()
        return found

    def put(self, key: str, value: str) -> None:
        upsert(self._conn, tables.meta, [{"key": key, "value": value}])

    def drop(self, key: str) -> None:
        self._conn.execute(tables.meta.delete().where(tables.meta.c.key == key))
