"""The sandbox, as tests look at it and change it."""

import http.client
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit

from rotation.wiring.example import OWN_PHONE
from tests.process.programs import Json
from tests.process.waiting import GENEROUS


class World:
    """The sandbox, looked at and changed through its other door."""

    def __init__(self, url: str, people: Callable[[], dict[str, str]]) -> None:
        self.url = url
        self._people = people

    def ask(self, name: str, body: Json = None) -> Json:
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=GENEROUS)
        try:
            sent = None if body is None else json.dumps(body, default=str)
            connection.request("GET" if body is None else "POST", f"/sandbox/{name}", sent)
            answer = connection.getresponse()
            told = json.loads(answer.read())
        finally:
            connection.close()
        assert answer.status == 200, told
        return told

    @property
    def now(self) -> datetime:
        return datetime.fromisoformat(self.ask("clock")["now"])

    def inside(self, group: int = 1) -> set[str]:
        """The roster's people in a group, by name: the truth, not what anybody believes."""
        found = self.ask("state")["groups"][f"120363041234567{group:03}@g.us"]
        return {self._people()[p] for p in found["members"] if p in self._people()}

    def calls(self, *kinds: str) -> list[Json]:
        """What was asked of the chat, in order."""
        return [e for e in self.ask("log")["entries"] if not kinds or e["kind"] in kinds]

    def messages(self, to: str = "") -> list[str]:
        """What was written to a chat or to a person by us."""
        found = self.ask("messages")["messages"]
        return [m["text"] for m in found if to in m["chat"] and m["sender"] == OWN_PHONE]

    def fault(self, name: str, **more: Json) -> None:
        self.ask("faults", {"fault": name, **more})

    def does(self, do: str, **more: Json) -> None:
        """Somebody does something, now or `at` an instant."""
        self.ask("script", {"do": do, **more})

    def is_lawful(self) -> None:
        verdict = self.ask("verdict")
        assert verdict["wrongs"] == 0, verdict["cases"]
