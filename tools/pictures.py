"""`make pictures`: the board of the example rosters, on the Monday after summer time began.

A rehearsed daemon comes to 15:51 UTC while one removal keeps failing and our account is no admin of
another group; then Chromium looks, signed in as somebody who may act. Every run sees the same. With
a folder named, every page is written there, light and dark, on a desk and on a phone.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from typing import Any, TypeAlias, cast

from playwright.sync_api import BrowserContext, sync_playwright

from rotation.core.facts import Moment
from rotation.engine import Engine, Intake
from rotation.ledger import Ledger, Rights, upgrade
from rotation.roster_file import read
from rotation.settings import Listening, Web, load
from rotation.surfaces import web
from rotation.surfaces.example import example_rosters
from rotation.surfaces.fitness import Fitness
from rotation.wiring import Parts
from rotation.wiring.clocks import RealClock
from rotation.wiring.example import OWN_PHONE, world_for
from rotation.wiring.pulse import Pulse
from rotation.wiring.rehearsal import INSTANCE, TOKEN, Rehearsal
from rotation.zone_data import use_newest

STARTS = datetime(2026, 3, 30, 5, 0, tzinfo=UTC)
NOW = datetime(2026, 3, 30, 15, 51, tzinfo=UTC)
CHROMIUM = "/usr/bin/chromium"
HERE = Path(__file__).resolve().parents[1] / "docs" / "pictures"
PICTURES = {
    "board": ("/", "light", (1280, 860)),
    "week": ("/week?from=2026-03-23&zone=Europe/Lisbon", "light", (1280, 600)),
    "phone": ("/groups/acme-vip", "dark", (390, 844)),
}
PAGES = (
    "/",
    "/groups/acme-vip",
    "/groups/initech-launch",
    "/groups/umbrella-trial/adopt",
    "/groups/acme-vip/access",
    "/people/dana",
    "/people/tom",
    "/holds",
    "/review",
    "/history",
    "/week",
    "/week?from=2026-03-23&zone=Europe/Lisbon",
    "/nowhere",
)
Window: TypeAlias = BrowserContext
SIZES = {"desk": (1280, 900), "phone": (390, 844)}


def main(arguments: list[str]) -> int:
    use_newest()
    with (
        TemporaryDirectory() as folder,
        served(Path(folder)) as (url, secret),
        sync_playwright() as player,
    ):
        cookie: Any = {"name": "rotation", "value": secret, "url": url}
        browser = player.chromium.launch(executable_path=CHROMIUM).new_context()
        browser.add_cookies([cookie])
        if arguments:
            look_at_all(browser, url, Path(arguments[0]))
        else:
            HERE.mkdir(exist_ok=True)
            for name, (path, scheme, size) in PICTURES.items():
                taken(browser, url + path, scheme, size, HERE / f"{name}.png")
        browser.close()
    return 0


def look_at_all(browser: Window, url: str, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for number, path in enumerate(PAGES):
        name = path.partition("?")[0].strip("/").replace("/", "-") or "rooms"
        for device, size in SIZES.items():
            for scheme in ("light", "dark"):
                to = folder / f"{number}-{name}-{device}-{scheme}.png"
                taken(browser, url + path, scheme, size, to, whole=True)


def taken(
    browser: Window, url: str, scheme: str, size: tuple[int, int], to: Path, *, whole: bool = False
) -> None:
    width, height = size
    page = browser.new_page()
    page.emulate_media(color_scheme=cast("Any", scheme))
    page.set_viewport_size({"width": width, "height": height})
    page.goto(url)
    if not whole:
        page.get_by_text("live", exact=True).wait_for()
    page.screenshot(path=to, full_page=whole)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        print(f"{to.name} is {wide} wide")
    page.close()


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, str]]:
    """The board's address, and a token that opens it; its time stands still."""
    url = f"sqlite:///{folder / 'rotation.db'}"
    upgrade(url)
    with closing(Ledger(url)) as ledger:
        lived(ledger)
        with ledger.writing() as books:
            _, secret = books.tokens.make("Mara Costa", "mara", NOW, rights=Rights.OPERATOR)
        (folder / "rotation.toml").write_text('[accounts.main]\nprovider = "sandbox"\n')
        settings = load({}, config=folder / "rotation.toml", need_secrets=False)
        at = Listening("127.0.0.1", 0)
        parts = Parts(
            replace(settings, web=Web(at)), ledger, {}, StandsStill(), cast("Engine", None),
            Intake(ledger, {}, StandsStill()),
        )  # fmt: skip
        fitness = Fitness(parts, Pulse(()), use_newest())
        with listening(fitness, at) as found:
            yield found, secret


class StandsStill(RealClock):
    def __call__(self) -> Moment:
        return Moment(NOW, "picture", 0.0)


def lived(ledger: Ledger) -> None:
    """What the daemon had to do until NOW."""
    roster = read(example_rosters())
    acme, globex = (roster.groups[g].chat for g in list(roster.groups)[:2])
    world: dict[str, Any] = world_for(roster, STARTS, instance=INSTANCE, token=TOKEN, settled=True)
    for group in world["groups"]:
        if group["chat"] == globex:
            group["admins"].remove(OWN_PHONE)
            group["members"].append(OWN_PHONE)
    world["faults"] = [
        {"fault": "error_before", "on": ["remove"], "chats": [acme],
         "starts": NOW.replace(hour=12).isoformat()},
    ]  # fmt: skip
    made = Rehearsal(world, STARTS, ledger=ledger)
    made.adopt(roster, "4be1d07c92f5")
    made.run(NOW)


@contextmanager
def listening(fitness: Fitness, at: Listening) -> Iterator[str]:
    """The app as the daemon serves it, in a thread of its own."""
    told: Queue[str] = Queue()
    stops: Queue[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        closing_ = asyncio.Event()
        stops.put((asyncio.get_running_loop(), closing_))
        await web.serve(fitness, at, closing_, told.put)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    loop, stop = stops.get()
    try:
        yield told.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
