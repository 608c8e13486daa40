"""Webhooks in simulated days: however they travel, they change nothing but when a group is read."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeAlias

import pytest

from rotation.core.facts import Kind, Seen
from rotation.core.roster import AccountId, GroupId
from rotation.ledger import Books
from rotation.wiring.mortal import Fate, MortalLedger
from rotation.wiring.simulation import Seams
from rotation.wiring.weather import Force

pytestmark = pytest.mark.slow

Make: TypeAlias = Callable[..., Any]
"""A fixture that makes a simulation."""


class Acting:
    """The marks that webhooks leave, by a daemon that takes a webhook for what has happened."""

    def __init__(self, books: Books) -> None:
        self.books, self.part = books, books.webhooks

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has
        return getattr(self.part, name)

    def mark(self, account: AccountId, groups: Iterable[GroupId], at: datetime) -> set[GroupId]:
        """A change was told of, so it must be the one that was asked for last."""
        for group in groups:
            for seat in self.books.seats.of(group).values():
                if seat.op is not None and seat.tries:
                    seen = Seen.IN if seat.op is Kind.ADD else Seen.OUT
                    self.books.seats.save(replace(seat, seen=seen, seen_at=at, op=None))
        return self.part.mark(account, groups, at)


class ActsOnWebhooks(MortalLedger):
    @contextmanager
    def writing(self) -> Iterator[Books]:
        with super().writing() as books:
            books.webhooks = Acting(books)  # type: ignore[assignment]  # planted
            yield books


@pytest.mark.planted("a webhook is taken for what has happened")
@pytest.mark.promise("S12", "A1", "A2", "F22")
def test_a_webhook_that_acts_is_found(simulated: Make) -> None:
    def ledger(fate: Fate) -> MortalLedger:
        return ActsOnWebhooks(fate)

    broken = ["A1", "A2"]
    found = simulated(hours=8, seams=Seams(ledger=ledger), broken=broken).oracles.found
    assert set(broken) & {violation.rule for violation in found}


@pytest.mark.promise("F22", "I1")
def test_a_simulated_day_has_webhooks_that_are_taken_and_bring_reads_forward(
    simulated: Make,
) -> None:
    day = simulated(hours=6)
    assert day.oracles.found == []
    with day.rehearsal.ledger.reading() as books:
        assert books.webhooks.of(AccountId("main")).heard_at is not None
    assert day.rehearsal.intake.stumbles == 0


@pytest.mark.promise("F22", "P-replicas")
def test_any_replica_takes_webhooks_for_an_account(simulated: Make) -> None:
    day = simulated(hours=2, force=Force.WILD, replicas=3, seed=2)
    assert day.oracles.found == []
