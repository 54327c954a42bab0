"""One limit for all machines, kept in PostgreSQL: the server never counts one call too many, and nobody starves."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reconciler.api.client import Client
from reconciler.api.transport import Reply, Request
from reconciler.errors import Interrupted, ReconcilerError
from reconciler.postgres.connection import opened
from tests.fleet.hours import CALL, Hours, Worker, play
from tests.postgres import VARIABLE, Server
from tests.unit.test_limits import most_in_any_window
from tests.unit.worlds import envelope

MINUTE = {1.0: 10, 60.0: 600}


@pytest.fixture
def world(dsn: str) -> Hours:
    """A database with all tables, and a clock to move."""
    return Hours(opened(VARIABLE))


_delay = st.floats(0, CALL / 2 - 0.1)
_Plan = list[tuple[str, bool, list[tuple[float, float]], float, int]]
_workers = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.booleans(),
        st.lists(st.tuples(_delay, _delay), min_size=1, max_size=6),
        st.floats(0, 5),
        st.integers(-4, 3),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(_workers, st.integers(1, 3), st.integers(3, 5), st.none() | st.floats(0, 12))
def test_never_one_too_many(world: Hours, plan: _Plan, few: int, many: int, crash_at: float | None) -> None:
    """Whatever the delays, who is killed in a call, and when the server loses its tables: no window is broken by any
    machine, that of those who only look neither, and everybody who lives gets through."""
    windows = {1.0: few, 7.0: many}
    app = world.uuid()
    made = [
        Worker(world.places(name, windows, app=app, share=0.7, background=looks), calls, begins, dies)
        for name, looks, calls, begins, dies in plan
    ]
    arrivals = play(world, made, crash_at)
    assert all(one.sent == len(one.calls) or one.sent - 1 == one.dies_in for one in made)
    assert most_in_any_window(arrivals, 1.0) <= few
    assert most_in_any_window(arrivals, 7.0) <= many


def test_no_place_is_wasted(world: Hours) -> None:
    """Twenty accounts with ten calls each use all of ten a second, and ask three times for each call, not all the
    time."""
    made = [Worker(world.places(f"a{number}", {1.0: 10}), [(0.0, 0.001)] * 10, 0.0) for number in range(20)]
    assert most_in_any_window(play(world, made), 1.0) == 10
    assert world.slept <= 20
    assert sum(one.asked for one in made) <= 3 * 200


def test_whoever_used_least_goes_first(world: Hours) -> None:
    """Six calls of a big account wait; small ones that come later have shorter to wait, and are sent before."""
    windows = {4.0: 2}
    under_way = [world.places("big", windows) for _ in range(2)]
    assert [one._take() for one in under_way] == [0, 0]
    waiting = [world.places("big", windows) for _ in range(6)]
    assert [one._take() for one in waiting] == [4, 4, 8, 8, 10, 10]
    small = [world.places(name, windows) for name in ("acme", "beta")]
    assert [one._take() for one in small] == [4, 4]
    assert [one._take() for one in waiting] == [8, 8, 10, 10, 10, 10]
    for one in under_way:
        one._release()
    world.sleep(4)
    everybody = [*waiting, *small]
    for one in everybody:
        one._take()
    assert [len(one._held) for one in everybody] == [0] * 6 + [1, 1]


def test_a_big_account_starves_no_small_one(world: Hours) -> None:
    """Eight processes of one account want thirty calls each; of fifty small accounts that come later, none waits until
    more calls of the big one were sent than there are small ones."""
    big = [Worker(world.places("big", {1.0: 10}), [(0.0, 0.05)] * 30, 0.0) for _ in range(8)]
    small = [Worker(world.places(f"a{number}", {1.0: 10}), [(0.0, 0.05)] * 2, 3.0) for number in range(50)]
    play(world, [*big, *small])
    first, last = min(one.arrivals[0] for one in small), max(one.arrivals[1] for one in small)
    assert sum(first < moment < last for one in big for moment in one.arrivals) <= 10
    assert all(one.sent == 30 for one in big)


def test_who_only_looks_leaves_room(world: Hours) -> None:
    """Seven of ten a second are for plans; those whose turn it would be hold up no write, not even the last three."""
    sweep = [world.places(f"a{number}", MINUTE, share=0.7, background=True) for number in range(20)]
    assert [one._take() for one in sweep] == [0] * 7 + [1] * 7 + [2] * 6
    world.sleep(1)
    write = world.places("big", MINUTE, share=0.7)
    assert [write._take() for _ in range(3)] == [0, 0, 0]
    assert write._take() == 1


def test_a_waiter_that_died_is_passed_over(world: Hours) -> None:
    """It is dropped a second after it was due; until then its turn is kept."""
    windows = {4.0: 1}
    assert world.places("big", windows)._take() == 0
    dead, other = world.places("acme", windows), world.places("big", windows)
    assert (dead._take(), other._take()) == (4, 8)
    world.sleep(CALL + 4)
    world.sleep(2)
    assert other._take() == 0


def test_a_place_is_not_kept_for_who_sleeps_on(world: Hours) -> None:
    """Of three that waited the first has left; the second sleeps until its turn would have been."""
    windows = {4.0: 1}
    gone, sleeps = world.places("acme", windows), world.places("beta", windows)
    with world.places("big", windows).place():
        assert (gone._take(), sleeps._take()) == (4, 8)
    world.sleep(5.5)
    assert world.places("big", windows)._take() == 0


def test_a_place_of_a_worker_that_died_ends(world: Hours) -> None:
    """Once its call cannot be under way any more, its window begins."""
    windows = {10.0: 1}
    assert world.places("dead", windows)._take() == 0
    world.sleep(CALL + 9)
    other = world.places("other", windows)
    assert 0 < other._take() <= 1
    world.sleep(1)
    assert other._take() == 0


def test_after_a_crash_a_class_is_closed_until_nothing_of_before_counts(one_postgres: Server, world: Hours) -> None:
    """The tables are empty then, which is no reason to call; a class that was never used is open at once."""
    windows = {60.0: 5}
    with world.places("a", windows).place():
        pass
    one_postgres.crash()
    one_postgres.start()
    assert world.places("b", windows)._take() == 10
    assert world.places("b", windows, name="ad_create")._take() == 0
    world.sleep(60 + CALL - 5)
    assert 0 < world.places("b", windows)._take() <= 5
    world.sleep(5)
    assert world.places("b", windows)._take() == 0


def test_a_throttle_closes_the_class_for_everybody(world: Hours) -> None:
    """For a second; for as long as the platform asks where our own minute is full. Other classes stay open."""
    windows = {1.0: 4, 60.0: 2}
    first, second = world.places("a", windows), world.places("b", windows)
    with first.place():
        pass
    assert not first.throttled(300)
    assert 0 < second._take() <= 1
    world.sleep(1)
    with second.place():
        pass
    assert second.throttled(300)
    world.sleep(61)
    assert first._take() == 10
    assert world.places("a", windows, name="ad_create")._take() == 0
    world.sleep(240)
    assert first._take() == 0


def test_a_throttled_read_holds_the_others_back(world: Hours) -> None:
    """The client tells the limit of the API's answer before it waits itself."""
    answers = [envelope(code=40100, message="too fast"), envelope({})]
    sent: list[float] = []
    held: list[float] = []

    class Busy:
        def send(self, request: Request) -> Reply:
            sent.append(world.monotonic())
            return answers[len(sent) - 1]

    other = world.places("b", MINUTE)
    limits = {"default": world.places("a", MINUTE)}
    client = Client(Busy(), limits, world, lambda _: "default", 0.1, on_wait=lambda _: held.append(other._take()))
    assert client.read("campaign/get/", {}).code == 0
    assert [0 < one <= 1 for one in held] == [True]
    assert sent[1] - sent[0] >= 1


def test_apps_do_not_disturb_each_other(world: Hours) -> None:
    """Another fleet with another app has a limit of its own."""
    assert world.places("a", {60.0: 1})._take() == 0
    assert world.places("a", {60.0: 1})._take() > 0
    assert world.places("a", {60.0: 1}, app="other")._take() == 0


def test_after_a_quiet_month(world: Hours) -> None:
    """What was long ago neither counts nor is in the way."""
    places = world.places("a", {60.0: 1})
    for _ in range(2):
        with places.place():
            pass
        world.sleep(30 * 86_400)
    assert (places.used(), places.full_minute()) == (0, False)


@pytest.mark.parametrize("under_way", [False, True])
def test_a_clock_that_goes_back(world: Hours, under_way: bool) -> None:
    """What was a second ago still was, also where a reply came before anybody took note: nobody calls too often, and
    nobody waits for an hour."""
    windows = {30.0: 1}
    first = world.places("a", windows)
    assert first._take() == 0
    if not under_way:
        first._release()
    world.sleep(-3600)
    with world.database.transaction() as connection:
        connection.execute(b"UPDATE fleet_window SET seen = seen + interval '1 hour'")
        connection.execute(b"UPDATE fleet_place SET ended = ended + interval '1 hour'")
    if under_way:
        first._release()
    assert world.places("b", windows)._take() == 10
    world.sleep(31)
    assert world.places("b", windows)._take() == 0


def test_a_look_takes_nothing_and_keeps_the_turn(world: Hours) -> None:
    """Who looks whether it may send is the next then; what is used is told."""
    windows = {4.0: 1}
    first, second = world.places("a", windows), world.places("b", windows)
    assert (first.wait(), first.wait(), first.used()) == (0, 0, 0)
    assert second._take() > 0
    assert first._take() == 0
    assert (first.used(), first.full_minute()) == (1, True)


def test_waiting_can_be_ended(world: Hours) -> None:
    """A run that is asked to end waits for no place."""
    windows = {60.0: 1}
    assert world.places("a", windows)._take() == 0
    with pytest.raises(Interrupted) as ended, world.places("a", windows).place(lambda: True):
        pass
    assert [one.code for one in ended.value.findings] == ["R710"]


def test_who_may_only_read_takes_places_too(one_postgres: Server, dsn: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan makes calls as well: its login needs no more than `fleet_reader`."""
    name = dsn.rpartition("/")[2]
    one_postgres.execute(f"CREATE ROLE plans_{name} LOGIN IN ROLE fleet_reader")
    monkeypatch.setenv(VARIABLE, one_postgres.address(name, f"plans_{name}"))
    places = Hours(opened(VARIABLE)).places("a", {60.0: 1})
    with places.place():
        pass
    assert places.throttled(5)
    assert places._take() == 10


def test_without_the_server_nothing_is_sent(one_postgres: Server, world: Hours) -> None:
    """No place is given, and R511 says why."""
    places = world.places("a", MINUTE)
    sent = 0
    one_postgres.crash()
    try:
        with pytest.raises(ReconcilerError) as refused, places.place():
            sent += 1
    finally:
        one_postgres.start()
    assert ([one.code for one in refused.value.findings], sent) == (["R511"], 0)
