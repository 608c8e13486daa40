"""The door at which Wawp's calls arrive: who calls, what goes wrong, what is said in the end."""

from collections import deque
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from rotation.sandbox.answers import Done, invites_itself, number_of
from rotation.sandbox.chat import Account, Code
from rotation.sandbox.diary import Entry
from rotation.sandbox.faults import LISTINGS, Acts, Fault, Hears, Struck
from rotation.sandbox.given import GivenError, read
from rotation.sandbox.hooks import Hook
from rotation.sandbox.judge import Op
from rotation.sandbox.misheard import misheard, throttled
from rotation.sandbox.stage import LateCall, Stage
from rotation.sandbox.wire import (
    CHANGES,
    Call,
    CutOff,
    Kind,
    Misread,
    NoAnswer,
    Request,
    Response,
    TimedOut,
    answer,
    claimed,
    credentials,
    refusal,
    understood,
)

MINUTE = timedelta(minutes=1)
INVITE_LINK = "chat.whatsapp.com/"
_CLEAR_NO = 4
"""The hundreds of a status that says: nothing was done. A 5xx says nothing at all."""
_REFUSALS = frozenset(
    {Code.PRIVACY, Code.CREATOR, Code.RECENTLY_LEFT, Code.COMMUNITY, Code.FULL, Code.FAILED}
)


@dataclass(frozen=True, slots=True)
class _Heard:
    """One call as it went, and what its caller heard of it."""

    request: Request
    said: Response | NoAnswer
    call: Call | None = None
    account: Account | None = None
    done: Done | None = None
    fault: Fault | None = None

    @property
    def answer(self) -> str:
        match self.said:
            case Response(status=status):
                return str(status)
            case TimedOut():
                return "timeout"
            case _:
                return "reset"

    @property
    def is_a_list(self) -> bool:
        """Whether the caller was shown the list that was made up for them."""
        return self.fault is None or self.fault.answer in LISTINGS | {Hears.OK}

    @property
    def is_a_clear_no(self) -> bool:
        said = self.said
        return isinstance(said, Response) and said.status // 100 == _CLEAR_NO


class Front:
    """Serves the Wawp API over a stage."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._windows: dict[str, deque[datetime]] = {}

    def serve(self, request: Request, at: datetime) -> Response:
        """One call that arrived at `at`. Raises `TimedOut` or `CutOff`."""
        heard = self._hear(request, at)
        self._note(heard, at)
        self._tell_judge(heard, at)
        if isinstance(heard.said, NoAnswer):
            self._stage.clock.spend(heard.said.seconds)
            raise heard.said
        said = heard.said
        now = self._stage.clock.now() + self._stage.skew
        dated = {**said.headers, "date": format_datetime(now, usegmt=True)}
        return Response(said.status, dated, said.body, said.held)

    def _hear(self, request: Request, at: datetime) -> _Heard:
        if (instance := claimed(request)) in self._stage.chats.accounts:
            self._stage.judge.called(instance, at)
        try:
            call = understood(request)
        except Misread as misread:
            return _Heard(request, misread.response)
        if call.kind in self._stage.settings.lacks:
            absent = refusal(404, f"Cannot {request.method} {request.path}", "Not Found")
            return _Heard(request, absent, call)
        account = self._account(request)
        if account is None:
            refused = refusal(401, "Invalid or missing access token", "Unauthorized")
            return _Heard(request, refused, call)
        self._arrives(call, account, at)
        struck = self._stage.dial.strike(call, at)
        done = self._done(call, account, struck, at)
        return _Heard(request, self._said(done, struck), call, account, done, struck.fault)

    def _account(self, request: Request) -> Account | None:
        shown = credentials(request, self._stage.settings.accepts)
        account = self._stage.chats.accounts.get(shown[0]) if shown else None
        return account if shown and account and account.token == shown[1] else None

    def _arrives(self, call: Call, account: Account, at: datetime) -> None:
        self._stage.witness.arrives(call.kind, call.chat or _to(call), self._phones(call), at)
        if call.kind in {Kind.ADD, Kind.REMOVE}:
            op = Op(call.kind.value)
            self._stage.judge.asked(account.instance_id, op, call.chat, self._phones(call), at)

    def _phones(self, call: Call) -> tuple[str, ...]:
        return tuple(self._stage.answers.phone_of(id_) or id_ for id_ in call.ids)

    # What is done

    def _done(self, call: Call, account: Account, struck: Struck, at: datetime) -> Done:
        """Carries the call out as far as the fault lets it."""
        fault, answers = struck.fault, self._stage.answers
        barred = answers.bar(call, account) or self._over_the_limit(call, account, at)
        if barred is not None:
            return Done(barred)
        if call.kind in {Kind.HOOKS, Kind.SET_HOOKS}:
            return self._hooks(call, account)
        if call.kind not in CHANGES:
            return answers.read(call, account, fault, at)
        acts = fault.acts if fault else Acts.YES
        if fault and acts is Acts.LATE:
            due = at + timedelta(seconds=fault.delay)
            self._stage.come(due, LateCall(call, account.instance_id))
        return answers.change(call, account, acts, at)

    def _over_the_limit(self, call: Call, account: Account, at: datetime) -> Response | None:
        settings = self._stage.settings
        if settings.changes_per_minute is None or call.kind not in CHANGES:
            return None
        window = self._windows.setdefault(account.instance_id, deque())
        while window and at - window[0] >= MINUTE:
            window.popleft()
        if len(window) >= settings.changes_per_minute:
            return throttled(settings.retry_after)
        window.append(at)
        return None

    def _hooks(self, call: Call, account: Account) -> Done:
        if call.kind is Kind.SET_HOOKS:
            try:
                given = read(tuple[Hook, ...], call.fields.get("webhooks", ()))
            except GivenError as error:
                return Done(refusal(400, str(error), "Bad Request"))
            self._stage.hooks[account.instance_id] = given
        hooks = [
            {"url": hook.url, "events": list(hook.events), "is_active": hook.is_active}
            for hook in self._stage.hooks.get(account.instance_id, ())
        ]
        return Done(answer({"webhooks": hooks, "systemConfig": None}))

    # What is said

    def _said(self, done: Done, struck: Struck) -> Response | NoAnswer:
        fault, slow = struck.fault, struck.slow + self._stage.settings.latency
        self._stage.clock.spend(slow)
        if fault and fault.answer is Hears.TIMEOUT:
            return TimedOut(acted=done.acted, seconds=fault.seconds)
        if fault and fault.answer is Hears.RESET:
            return CutOff(acted=done.acted)
        said = misheard(done.response, fault) if fault else done.response
        return Response(said.status, said.headers, said.body, slow)

    def _tell_judge(self, heard: _Heard, at: datetime) -> None:
        call, done = heard.call, heard.done
        if call is None or done is None:
            return
        if call.kind is Kind.TEXT:
            self._tell_of_text(call, heard, at)
        if heard.is_a_list and done.shown is not None:
            self._stage.judge.shown(call.chat, done.shown, self._stage.clock.now())
        if call.kind in {Kind.ADD, Kind.REMOVE}:
            self._tell_of_refusals(call, done, heard, at)

    def _tell_of_refusals(self, call: Call, done: Done, heard: _Heard, at: datetime) -> None:
        judge, op = self._stage.judge, Op(call.kind.value)
        if heard.answer == "403":
            for phone in self._phones(call):
                judge.refused(op, call.chat, phone, at)
        for result in done.results:
            phone = self._stage.answers.phone_of(result.id) or result.id
            if result.code in _REFUSALS or (op is Op.ADD and result.code is Code.UNKNOWN):
                judge.refused(op, call.chat, phone, at)
            if op is Op.ADD and invites_itself(self._stage.answers.engine, result):
                judge.invited(call.chat, phone, at)

    def _tell_of_text(self, call: Call, heard: _Heard, at: datetime) -> None:
        to = _to(call)
        if INVITE_LINK not in call.text:
            self._stage.judge.said(to, call.text, at, maybe_delivered=not heard.is_a_clear_no)
            return
        for group in self._stage.chats.groups.values():
            if group.invite_code in call.text:
                self._stage.judge.invited(group.chat, to, at)

    def _note(self, heard: _Heard, at: datetime) -> None:
        call, fault = heard.call, heard.fault
        entry = Entry(
            at=at,
            kind=call.kind.value if call else f"{heard.request.method} {heard.request.path}",
            account=heard.account.instance_id if heard.account else "",
            chat=(call.chat or call.to) if call else "",
            people=self._phones(call) if call else (),
            acted=bool(heard.done and heard.done.acted),
            answer=heard.answer,
            fault=f"{fault.answer}/{fault.acts}" if fault else "",
        )
        self._stage.diary.note(entry)
        shown = heard.done.shown if heard.done and heard.is_a_list else None
        self._stage.witness.answered(entry, shown, self._stage.clock.now())


def _to(call: Call) -> str:
    """Whom a text is for: a group, or a person by number."""
    return call.to if call.to.endswith("@g.us") or not call.to else number_of(call.to)
