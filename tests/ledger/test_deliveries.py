"""What other systems told and was acted on: known by its name, and by what it was about."""

from datetime import UTC, datetime, timedelta

from rotation.ledger import Delivery, Ledger

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def delivery(event: str, about: str = "M-1", done: str = "ended", told: int = 0) -> Delivery:
    return Delivery("stripe", event, about, done, NOON + told * MINUTE, NOON + told * MINUTE)


def test_a_delivery_is_known_by_the_senders_name_for_it_and_kept_once(ledger: Ledger) -> None:
    with ledger.writing() as books:
        books.deliveries.keep(delivery("evt_1"))
        books.deliveries.keep(delivery("evt_1", done="started"))
    with ledger.reading() as books:
        assert books.deliveries.get("stripe", "evt_1") == delivery("evt_1")
        assert books.deliveries.get("zendesk", "evt_1") is None
        assert books.deliveries.get("stripe", "evt_2") is None


def test_the_newest_about_a_thing_and_how_many_things_were_ended_are_known(ledger: Ledger) -> None:
    with ledger.writing() as books:
        assert books.deliveries.newest("stripe") is None
        assert books.deliveries.told_of("stripe", "M-1") is None
        books.deliveries.keep(delivery("e1", told=1))
        books.deliveries.keep(delivery("e2", told=5))
        books.deliveries.keep(delivery("e3", "M-2", told=3))
        books.deliveries.keep(delivery("e4", "M-3", "started", told=4))
    with ledger.reading() as books:
        assert books.deliveries.told_of("stripe", "M-1") == NOON + 5 * MINUTE
        assert books.deliveries.newest("stripe") == delivery("e2", told=5)
        assert books.deliveries.count("stripe", ("ended", "shortened"), NOON) == 2
        assert books.deliveries.count("stripe", ("ended",), NOON + 4 * MINUTE) == 1
        assert books.deliveries.count("stripe", ("started",), NOON + 5 * MINUTE) == 0


def test_deliveries_are_let_go_with_what_they_were_about(ledger: Ledger) -> None:
    with ledger.writing() as books:
        books.deliveries.keep(delivery("e1"))
        books.deliveries.keep(delivery("e2", told=10))
        gone = books.retention.let_go(NOON + MINUTE, NOON + 20 * MINUTE, 100, "rotation")
    assert gone.rows == {"deliveries": 1}
    with ledger.reading() as books:
        assert books.deliveries.get("stripe", "e1") is None
        assert books.deliveries.get("stripe", "e2") is not None
