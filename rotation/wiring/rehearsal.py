"""The real engine, ledger and provider over the sandbox's world in memory, on a stepped clock.

Nothing is replaced but the network and time: the same seed gives the same calls, day for day.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from rotation.core.facts import Moment
from rotation.core.roster import AccountId, Roster
from rotation.engine import AccountRules, Adopted, Engine, Event, Intake, adopt
from rotation.engine.house import KEEP
from rotation.engine.pauses import look_again
from rotation.engine.tenure import Tenures
from rotation.ledger import Ledger, in_memory
from rotation.providers import Chat
from rotation.providers.in_memory import Asked, InMemory, Replied
from rotation.providers.wawp import Credentials, Endpoint, Hooks, Wawp
from rotation.sandbox import CutOff, Request, SteppedClock, TimedOut, World
from rotation.settings import Secret
from rotation.wiring.monitor import Heart
from rotation.wiring.post import FAR_OFF, Post

INSTANCE, TOKEN = "000000000001", "rehearsal-token"
HOOK_SECRET = Secret.of("rehearsal-webhook-secret", "webhook_secret", "the rehearsal")
_SECRET = Secret.of(TOKEN, "token", "the rehearsal")


def hook_of(account: str) -> dict[str, str]:
    """Where a world sends an account's events, in its own words."""
    return {"url": f"http://127.0.0.1/hooks/{account}", "secret": HOOK_SECRET.reveal()}


class Rehearsal:
    """One account's daemon in a world of its own. `world` is plain data, without accounts' time.

    `run(until)` lets world time pass up to an instant, doing all that is due on the way;
    `restart` forgets everything but the ledger and the world, as a killed daemon does.
    `before_call` is called while a call is on its way and the world has not seen it, `after_call`
    when the world has acted on it and its answer has not arrived yet: what either raises ends the
    daemon there. `between` may put a chat of its own between the engine and Wawp. `clock_error` is
    what the machine's clock is wrong by, and `zone_data` the version that a daemon started from now
    on says is in force. With a `post` the world's webhooks arrive as that brings them. What ended
    longer than `keep` ago is let go. `ping` is what an outside watch hears.
    """

    def __init__(  # noqa: PLR0913 - a daemon and its world, each part by name
        self,
        world: dict[str, object],
        starts: datetime,
        *,
        account: str = "main",
        rules: AccountRules | None = None,
        alert: Callable[[str], bool] | None = None,
        seed: int = 0,
        ledger: Ledger | None = None,
        before_call: Callable[[], None] | None = None,
        after_call: Callable[[], None] | None = None,
        between: Callable[[Chat], Chat] | None = None,
        post: Post | None = None,
        keep: timedelta = KEEP,
        ping: Callable[[datetime], None] | None = None,
        zone_data: str = "rehearsal",
    ) -> None:
        self.account = AccountId(account)
        self._steps = SteppedClock(starts)
        self.post = post
        self.world = World.from_dict(world, clock=self._steps, seed=seed)
        self.ledger = ledger or in_memory()
        self.events: list[Event] = []
        self._rules = rules or AccountRules()
        self._alert = alert
        self._keep = keep
        self._before_call = before_call or (lambda: None)
        self._after_call = after_call or (lambda: None)
        self._between = between or (lambda chat: chat)
        self.clock_error = timedelta(0)
        self.zone_data = zone_data
        self._due: datetime | None = None
        self.ticks = 0
        self._still = 0
        self._ears = {self.account: Hooks(account, lambda: (HOOK_SECRET,))} if post else {}
        self.intake = Intake(self.ledger, self._ears, self.moment)
        self.engine = self._engine()
        self.heart = Heart(self.account, lambda: self.now, ping or (lambda _at: None))

    def _engine(self, tenures: Tenures | None = None) -> Engine:
        chat = Wawp(
            lambda: Credentials(INSTANCE, _SECRET),
            lambda: self.moment().at,
            Endpoint("http://127.0.0.1"),
            transport=InMemory(self._reply),
        )
        return Engine(
            self.ledger,
            {self.account: self._between(chat)},
            self.moment,
            zone_data=self.zone_data,
            rules={self.account: self._rules},
            alert=self._alert,
            watch=self.events.append,
            tenures=tenures,
            ears=self._ears,
            keep=self._keep,
        )

    @property
    def now(self) -> datetime:
        return self._steps.now().astimezone(UTC)

    def moment(self) -> Moment:
        now = self.now
        return Moment(now + self.clock_error, "rehearsal", now.timestamp())

    def adopt(self, roster: Roster, digest: str) -> Adopted:
        """Bring a roster into force now, as the daemon does when it reads the files."""
        self._due = None
        return adopt(self.ledger, roster, digest, self.moment().at, self.zone_data)

    def clock_moves(self, error: timedelta) -> None:
        """The machine's clock is wrong by `error` from now on, as the daemon's heartbeat sees."""
        self.clock_error = error
        with self.ledger.writing() as books:
            look_again(books, [self.account], self.moment().at)
        self._due = None

    def wake(self) -> None:
        """Look around at once, as after a command that wrote to the ledger."""
        self._due = None

    def restart(self) -> None:
        """Start the daemon anew over the same ledger and world."""
        self.intake = Intake(self.ledger, self._ears, self.moment)
        self.engine = self._engine()
        self.heart.starts()
        self._due = None

    def run(self, until: datetime) -> None:
        """Let world time pass until `until`. Raises RuntimeError when time stands still."""
        while self.now < until:
            self.step(until)

    def step(self, until: datetime) -> None:
        """One tick if one is due, else world time passes until something is, or until `until`."""
        if self._posted_at() <= self.now or self.intake.has_news():
            self._take_post()
        now = self.moment().at
        if self._due is not None and self._due > now:
            self.world.idle(min(self._due - self.clock_error, self._posted_at(), until))
            return
        self.heart.beats()
        self.heart.pulse.begins(self.account)
        self._due = self.engine.tick(self.account)
        self.heart.beats()
        self.heart.pulse.ends(self.account, self._due - self.moment().at, well=True)
        self.ticks += 1
        self._still = self._still + 1 if self._due <= now else 0
        if self._still > _STANDSTILL:
            raise RuntimeError(f"the engine never rests at {now}")

    def _posted_at(self) -> datetime:
        """When the next webhook arrives."""
        if self.post is None:
            return FAR_OFF
        return self.post.next_at(self.world.outbox, self.now)

    def _take_post(self) -> None:
        """Webhooks that have arrived, as the daemon takes them from its door."""
        for sent in self.post.arrived(self.now) if self.post is not None else ():
            self.intake.take(self.account, sent.headers, sent.body)
        if self.intake.flush():
            self.wake()

    def _reply(self, asked: Asked) -> Replied:
        request = Request.to(asked.method, asked.target, asked.headers, asked.body)
        self._before_call()
        try:
            answer = self.world.handle(request)
        except TimedOut as error:
            raise TimeoutError("no answer") from error
        except CutOff as error:
            raise ConnectionError("the connection broke") from error
        finally:
            self._after_call()
        return Replied(answer.status, answer.headers, answer.body)


_STANDSTILL = 2000
