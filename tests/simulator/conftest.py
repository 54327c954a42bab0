"""Simulators on real sockets, each with a small client that knows nothing of the product."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

import pytest

from reconciler.simulator import Simulator
from tests.simulator.clients import ACCOUNT, MORNING, Client, Production
from tests.simulator.smart_clients import Smart
from tests.simulator.smart_table import LOADED

__all__ = ["Client", "Production", "Smart"]


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


@pytest.fixture
def produce() -> Iterator[Produce]:
    """A way to start simulators of production that end with the test."""
    clients: list[Production] = []

    def starter(switches: Mapping[str, str] = {}, **options: Any) -> Production:
        how: dict[str, Any] = {"start": MORNING, "speed": 0.0, "contract": "marketing", **options}
        told = {"rate": "off", "transcode_seconds": "0", **switches}
        client = Production(Simulator(switches=told, **how).start())
        clients.append(client)
        return client

    yield starter
    for client in clients:
        client.session.close()
        client.simulator.stop()


class SmartStart(Protocol):
    """Starts a simulator of both families; videos are transcoded at once unless told."""

    def __call__(self, switches: Mapping[str, str] = ..., **options: Any) -> Smart: ...


@pytest.fixture
def smart() -> Iterator[SmartStart]:
    """A way to start simulators of Smart+ that end with the test."""
    clients: list[Smart] = []

    def starter(switches: Mapping[str, str] = {}, **options: Any) -> Smart:
        how: dict[str, Any] = {"start": MORNING, "speed": 0.0, "contract": "smart_plus", **options}
        told = {"rate": "off", "transcode_seconds": "0", **switches}
        client = Smart(Simulator(switches=told, **how).start())
        clients.append(client)
        return client

    yield starter
    for client in clients:
        client.session.close()
        client.simulator.stop()


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
    switches = {"rate": "off", "transcode_seconds": "0"}
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
