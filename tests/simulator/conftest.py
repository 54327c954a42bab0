"""Simulators on real sockets, each with a small client that knows nothing of the product."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

import pytest

from reconciler.simulator import Simulator
from tests.simulator.clients import ACCOUNT, MORNING, Client, Production
from tests.simulator.smart_clients import Smart
from tests.simulator.smart_table import LOADED

__all__ = ["Client", "Production", "Smart"]

C = TypeVar("C", bound=Production)


class Start(Protocol):
    """Starts a simulator with these switches; rate limits are off and the clock stands still unless told."""

    def __call__(self, switches: Mapping[str, str] = ..., *, token: str = ..., **options: Any) -> Client: ...


@pytest.fixture
def start() -> Iterator[Start]:
    """A way to start simulators that end with the test."""
    clients: list[Client] = []

    def starter(
        switches: Mapping[str, str] = {},
        *,
        token: str = "simulator",
        **options: Any,
    ) -> Client:
        how = {"start": MORNING, "speed": 0.0, **options}
        client = Client(Simulator(switches={"rate": "off", **switches}, **how).start(), token)
        clients.append(client)
        return client

    yield starter
    for client in clients:
        client.session.close()
        client.simulator.stop()


class Produce(Protocol):
    """Starts a simulator of production; videos are transcoded at once unless told."""

    def __call__(self, switches: Mapping[str, str] = ..., **options: Any) -> Production: ...


class SmartStart(Protocol):
    """Starts a simulator of both families; videos are transcoded at once unless told."""

    def __call__(self, switches: Mapping[str, str] = ..., **options: Any) -> Smart: ...


def _starter(kind: type[C], contract: str) -> Iterator[Callable[..., C]]:
    """A way to start simulators of this contract that end with the test."""
    clients: list[C] = []

    def starter(switches: Mapping[str, str] = {}, **options: Any) -> C:
        how: dict[str, Any] = {"start": MORNING, "speed": 0.0, "contract": contract, **options}
        told = {"rate": "off", "transcode_seconds": "0", **switches}
        client = kind(Simulator(switches=told, **how).start())
        clients.append(client)
        return client

    yield starter
    for client in clients:
        client.session.close()
        client.simulator.stop()


@pytest.fixture
def produce() -> Iterator[Produce]:
    """A way to start simulators of production."""
    yield from _starter(Production, "marketing")


@pytest.fixture
def smart() -> Iterator[SmartStart]:
    """A way to start simulators of Smart+."""
    yield from _starter(Smart, "smart_plus")


@pytest.fixture(scope="module")
def smart_account() -> Iterator[Smart]:
    """One filled simulator of Smart+ for calls that leave no trace that matters."""
    switches = {"rate": "off", "transcode_seconds": "0", "sp_request_id_window": "0", "sp_ad_gap_seconds": "0"}
    with Simulator(switches=switches, contract="smart_plus", start=MORNING, speed=0) as simulator:
        client = Smart(simulator)
        client.operate("load", {"advertiser_id": ACCOUNT, **LOADED})
        yield client
        client.session.close()


@pytest.fixture(scope="module")
def production() -> Iterator[Production]:
    """One filled simulator of production for calls that leave no trace that matters."""
    switches = {"rate": "off", "transcode_seconds": "0", "fatigue_api": "on"}
    with Simulator(switches=switches, contract="marketing", start=MORNING, speed=0) as simulator:
        client = Production(simulator)
        client.fill()
        client.operate(
            "load",
            {
                "advertiser_id": ACCOUNT,
                "library_videos": [{"video_id": "v1", "file_name": "one", "width": 540, "height": 960}],
                "images": [{"image_id": "i1", "width": 540, "height": 960}],
                "identities": [{"identity_id": "77"}],
            },
        )
        client.operate("upload", {"video_id": "stock1", "video_url": "x:y"})
        yield client
        client.session.close()


@pytest.fixture(scope="module")
def shared() -> Iterator[Client]:
    """One filled simulator for all the calls of a file that leave no trace that matters."""
    with Simulator(switches={"rate": "off"}) as simulator:
        client = Client(simulator)
        client.fill()
        yield client
        client.session.close()


@pytest.fixture(scope="module")
def studio() -> Iterator[Client]:
    """One simulator with a source `v1` and two videos, for refresh calls that leave no trace that matters."""
    with Simulator(switches={"rate": "off", "strangers": "2"}) as simulator:
        client = Client(simulator)
        client.operate("upload", {"video_id": "v1", "video_url": "x:y"})
        yield client
        client.session.close()
