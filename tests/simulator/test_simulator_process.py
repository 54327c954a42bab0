"""The simulator as a process of its own: announcing, stopping, dying, and what survives in a data file."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
import requests

from reconciler.simulator import Simulator, SimulatorUsage, run

ACCOUNT = "7000000000000000001"
BODY = {
    "advertiser_id": ACCOUNT,
    "campaign_name": "Spring",
    "objective_type": "TRAFFIC",
    "budget_mode": "BUDGET_MODE_DAY",
    "budget": 1,
}
PROGRAM = """
import json, pathlib, sys
from reconciler.simulator import run
told = json.loads(sys.argv[1])
faults = told["faults"] and pathlib.Path(told["faults"])
run(0, pathlib.Path(told["data"]), 3, 1.0, faults, told["switches"], "openapi", lambda line: print(line, flush=True))
"""


class Server:
    """A simulator in another process, and its address."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(told)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=Path(__file__).parents[2],
        )
        assert self.process.stdout
        self.url = json.loads(self.process.stdout.readline())["url"]

    def send(self, method: str, path: str, **how: Any) -> dict[str, Any]:
        """One call of the API; the envelope."""
        with requests.Session() as session:
            session.trust_env = False
            url = f"{self.url}/open_api/v1.3/{path}"
            response = session.request(method, url, headers={"Access-Token": "x"}, timeout=10, **how)
            envelope: dict[str, Any] = response.json()
            return envelope

    def end(self, number: int) -> tuple[int, str, str]:
        """Ends the process with a signal: its return code, and what it wrote."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=10)
        return self.process.returncode, out.decode(), err.decode()


class Launch(Protocol):
    """Starts a server on the test's data file."""

    def __call__(self, *, faults: Any = ..., switches: Any = ...) -> Server: ...


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Launch]:
    """A way to start servers one after the other; those still alive end with the test."""
    servers: list[Server] = []

    def launcher(*, faults: str | None = None, switches: dict[str, str] | None = None) -> Server:
        told = {"data": str(tmp_path / "data.sqlite"), "faults": faults, "switches": switches or {}}
        servers.append(Server(told))
        return servers[-1]

    yield launcher
    for server in servers:
        if server.process.poll() is None:
            server.process.kill()
        server.process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(launch: Launch, number: int) -> None:
    """It announces its address, answers, and ends with 0 and without a word on SIGTERM and SIGINT."""
    server = launch()
    assert server.url.startswith("http://127.0.0.1:")
    assert server.send("POST", "campaign/create/", json=BODY)["code"] == 0
    assert server.end(number) == (0, "", "")


def test_what_was_answered_survives_a_kill(launch: Launch) -> None:
    """Objects, their digits and the order of ids survive SIGKILL and a restart."""
    server = launch()
    made = [server.send("POST", "campaign/create/", json=BODY)["data"]["campaign_id"] for _ in range(3)]
    server.send("POST", "campaign/update/", json={"advertiser_id": ACCOUNT, "campaign_id": made[1], "status": "DELETE"})
    before = server.send("GET", "campaign/get/", params={"advertiser_id": ACCOUNT})["data"]
    assert server.end(signal.SIGKILL)[0] == -signal.SIGKILL
    server = launch()
    assert server.send("GET", "campaign/get/", params={"advertiser_id": ACCOUNT})["data"] == before
    assert [row["campaign_id"] for row in before["list"]] == [made[0], made[2]]
    fresh = server.send("POST", "campaign/create/", json=BODY)["data"]["campaign_id"]
    assert int(fresh) > int(made[2])


@pytest.mark.parametrize("commit", [False, True])
def test_it_can_die_and_goes_on_counting(launch: Launch, tmp_path: Path, commit: bool) -> None:
    """die ends the process before or after the commit; restarted with the same faults it does not die there again."""
    path = tmp_path / "faults.yaml"
    path.write_text(f"- {{path: campaign/create/, nth: 2, die: true, commit: {str(commit).lower()}}}\n", "utf-8")
    server = launch(faults=str(path))
    assert server.send("POST", "campaign/create/", json=BODY)["code"] == 0
    with pytest.raises(requests.ConnectionError):
        server.send("POST", "campaign/create/", json=BODY)
    assert server.process.wait(timeout=10) == 137
    server = launch(faults=str(path))
    rows = server.send("GET", "campaign/get/", params={"advertiser_id": ACCOUNT})["data"]["list"]
    assert len(rows) == 1 + commit
    assert [server.send("POST", "campaign/create/", json=BODY)["code"] for _ in range(2)] == [0, 0]


@pytest.mark.parametrize("commit", [False, True])
def test_a_refresh_survives_the_death_of_the_server(launch: Launch, tmp_path: Path, commit: bool) -> None:
    """A server that dies in a task create has the task if it was committed, and goes on with what it knew before."""
    path = tmp_path / "faults.yaml"
    submit, upload = "creative/aigc/refresh_video/task/create/", "file/video/ad/upload/"
    path.write_text(f"- {{path: {submit}, nth: 2, die: true, commit: {str(commit).lower()}}}\n", "utf-8")
    how = {"faults": str(path), "switches": {"rate": "off", "task_seconds": "0", "strangers": "1"}}
    source = {"upload_type": "UPLOAD_BY_URL", "use_scenario": "AIGC", "video_url": "https://example.com/hero.mp4"}
    listed = {"aigc_video_types": '["REFRESH_VIDEO"]'}
    server = launch(**how)
    body = {**server.send("POST", upload, json=source)["data"], "video_refresh_strategy_list": ["SWAP_MUSIC"]}
    assert server.send("POST", submit, json=body)["code"] == 0
    before = server.send("GET", "creative/aigc/video/list/", params=listed)["data"]["list"]
    with pytest.raises(requests.ConnectionError):
        server.send("POST", submit, json=body)
    assert server.process.wait(timeout=10) == 137
    server = launch(**how)
    after = server.send("GET", "creative/aigc/video/list/", params=listed)["data"]["list"]
    assert [row["video_id"] for row in after[:2]] == [row["video_id"] for row in before]
    assert len(after) == 2 + commit
    assert server.send("POST", submit, json=body)["code"] == 0
    again = server.send("POST", upload, json=source)["data"]["video_id"]
    assert again != body["video_id"]
    videos = server.send("GET", "creative/aigc/video/list/", params=listed)["data"]["list"]
    assert len({row["video_id"] for row in videos}) == 3 + commit


def test_one_server_a_data_file(tmp_path: Path) -> None:
    """A second server on the same data file is refused, and a stopped one lets go of it."""
    path = tmp_path / "data.sqlite"
    with (
        Simulator(data=path),
        pytest.raises(SimulatorUsage, match=r"data\.sqlite cannot be used: database is locked"),
    ):
        Simulator(data=path)
    Simulator(data=path).stop()


def test_a_clock_never_starts_before_its_data(tmp_path: Path) -> None:
    """A restarted clock goes on where the last commit was."""
    path = tmp_path / "data.sqlite"
    with Simulator(data=path, start=2_000_000_000, speed=0) as simulator:
        simulator.world.add([], simulator.clock.advance(100))
    simulator = Simulator(data=path, start=1_000_000_000, speed=0)
    assert simulator.clock.now() == pytest.approx(2_000_000_100)
    simulator.stop()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    """Neither a text nor a foreign database is taken for a data file."""
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look like a file of some kind\n" * 20, "utf-8")
    with pytest.raises(SimulatorUsage, match="cannot be used"):
        Simulator(data=path)
    with pytest.raises(SimulatorUsage, match="cannot be used"):
        Simulator(data=tmp_path / "nowhere" / "data.sqlite")
    with contextlib.closing(sqlite3.connect(tmp_path / "foreign")) as database:
        database.execute("create table t (x)")
    with pytest.raises(SimulatorUsage, match="it is not one of this simulator"):
        Simulator(data=tmp_path / "foreign")


def test_input_that_cannot_be_used_is_told() -> None:
    """A port in use, a bad port or speed, and a contract nobody speaks raise SimulatorUsage."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SimulatorUsage, match=f"cannot listen on port {port}: "):
            Simulator(port=port)
    with pytest.raises(SimulatorUsage, match="port takes"):
        Simulator(port=70000)
    with pytest.raises(SimulatorUsage, match="speed takes"):
        Simulator(speed=-1)
    with pytest.raises(SimulatorUsage, match="no contract is called 'x'; there are openapi"):
        run(0, None, 0, 1.0, None, {}, "x", print)


def test_calls_may_come_at_once() -> None:
    """Creates from several threads all arrive, each with an id of its own."""
    made: list[str] = []
    with Simulator(switches={"rate": "off"}) as simulator:

        def create() -> None:
            with requests.Session() as session:
                session.trust_env = False
                for _ in range(20):
                    url = f"{simulator.url}/open_api/v1.3/campaign/create/"
                    response = session.post(url, json=BODY, headers={"Access-Token": "x"}, timeout=10)
                    made.append(response.json()["data"]["campaign_id"])

        threads = [threading.Thread(target=create) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(set(made)) == 160
