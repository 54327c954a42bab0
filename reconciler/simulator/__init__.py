"""The API as a real HTTP server on loopback: an independent witness, written from the API's documents alone.

It imports nothing of the rest of the package. `run` serves for a command, `Simulator` for tests in the same process.
"""

from reconciler.simulator.failure import SimulatorUsage
from reconciler.simulator.server import Simulator, run
from reconciler.simulator.settings import describe_switches

__all__ = ["Simulator", "SimulatorUsage", "describe_switches", "run"]
