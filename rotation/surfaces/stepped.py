"""The daemon in a stepped world: when all is done, time itself is moved on."""

import asyncio
from datetime import datetime, timedelta

from rotation.surfaces.duties import Duties
from rotation.wiring import SandboxClock
from rotation.wiring.clocks import OTHERS_WORK


async def through_stepped_time(duties: Duties, clock: SandboxClock) -> None:
    """Do what is due until told to stop. Raises ConnectionError once the clock is gone."""
    now = clock().at
    duties.due = dict.fromkeys(duties.parts.chats, now)
    shared, beat_at = duties.parts.shared, now
    while not duties.stopping.is_set():
        if shared is not None and (beat_at <= now or duties.beat_now.is_set()):
            duties.beat_now.clear()
            beat_at = now + timedelta(seconds=await duties.beat(shared))
        await duties.look_at_webhooks(now)
        await duties.tell_receivers()
        await duties.look_at_feeds()
        for account in [a for a, due in duties.due.items() if due <= now]:
            await duties.tick(account, now)
        if any(due <= now for due in duties.due.values()):
            continue  # who is at work looks up once there is nothing to do
        await duties.look_at_intents()
        await (duties.reload() if duties.hung_up.is_set() else duties.look_at_rosters())
        ahead = (
            *duties.due.values(),
            duties.rosters.settles_at,
            duties.fetches_at,
            shared and beat_at,
        )
        until = min(at for at in ahead if at)
        if until > now:
            now = await _after_idling(clock, until, now)


async def _after_idling(clock: SandboxClock, until: datetime, now: datetime) -> datetime:
    """The instant it is, once we had nothing to do before `until`."""
    moment = await asyncio.to_thread(clock.idle, until)
    if moment.at == now:
        await asyncio.sleep(OTHERS_WORK)
    return moment.at
