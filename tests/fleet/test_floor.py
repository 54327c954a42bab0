"""Who of one worker's jobs has a place, and when."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from reconciler.fleet.queue.floor import Floor


def test_one_waits_for_the_whole_floor_and_the_others_come_again() -> None:
    """While it waits and while it is at work nobody has a place but a pause, and a second one that wants all of it does
    not wait. Nothing is fetched then; at once when it is done."""
    floor, waiting, inside, done = Floor(), threading.Event(), threading.Event(), threading.Event()

    def suspected() -> bool:
        with floor.alone(meanwhile=waiting.set, given_up=lambda: False) as free:
            inside.set()
            assert done.wait(60)
        return free

    def places() -> list[bool]:
        with (
            floor.beside(always=False) as other,
            floor.beside(always=True) as pause,
            floor.alone(meanwhile=done.set, given_up=lambda: True) as second,
        ):
            return [other, pause, second]

    with ThreadPoolExecutor() as pool:
        with floor.beside(always=False) as free:
            assert free
            ended = pool.submit(suspected)
            assert waiting.wait(60)
            assert not floor.is_shut
            assert places() == [False, True, False]
            assert floor.is_shut
            assert not inside.is_set()
        assert inside.wait(60)
        assert places() == [False, True, False]
        done.set()
        assert ended.result(60)
    assert not floor.is_shut
    with floor.beside(always=False) as free:
        assert free


def test_who_waits_for_the_whole_floor_may_give_up() -> None:
    """The worker is asked to end: it has no place, and others have one again."""
    floor = Floor()
    with floor.beside(always=False):
        with floor.alone(meanwhile=lambda: None, given_up=lambda: True) as free:
            assert not free
        with floor.beside(always=False) as free:
            assert free
