"""Ticks go first: whoever makes a page lets them, and waits for none that goes on for long."""

from threading import Thread

from rotation.wiring.turns import RightOfWay

LONG = 240.0


class Steady:
    """A clock that goes on when it is told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_page_begins_once_the_tick_that_just_began_has_ended() -> None:
    way, said = RightOfWay(first=LONG), list[str]()

    def page() -> None:
        way.give()
        said.append("page")

    aside = Thread(target=page)
    with way.taken():
        with way.taken():
            aside.start()
        said.append("ticks")
    aside.join()
    assert said == ["ticks", "page"]


def test_a_page_waits_for_no_tick_that_goes_on_for_long() -> None:
    steady = Steady()
    way = RightOfWay(steady, first=LONG)
    with way.taken():
        steady.now += LONG
        way.give()


def test_a_page_waits_for_nobody_where_no_tick_is_under_way() -> None:
    way = RightOfWay(first=LONG)
    way.give()
    with way.taken():
        assert not way.is_free()
    way.give()
    assert way.is_free()


def test_a_page_waits_for_the_tick_that_an_alarm_is_about_to_begin() -> None:
    steady, said = Steady(), list[str]()
    way = RightOfWay(steady, first=LONG)
    way.rings("an account", 5)
    way.give()
    steady.now = 5
    assert not way.is_free()

    def page() -> None:
        way.give()
        said.append("page")

    aside = Thread(target=page)
    aside.start()
    with way.taken():
        said.append("tick")
    aside.join()
    assert said == ["tick", "page"]
    way.give()


def test_a_page_waits_for_no_alarm_that_was_set_anew_or_rang_long_ago() -> None:
    steady = Steady()
    way = RightOfWay(steady, first=LONG)
    way.rings("an account", 5)
    way.rings("an account", 500)
    steady.now = 5
    way.give()
    steady.now = 500 + LONG
    way.give()
