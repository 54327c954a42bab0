"""The two ways the simulator says no: to the person who started it, and to the client that calls it."""

from __future__ import annotations


class SimulatorUsage(Exception):
    """Input of the operator that cannot be used: a switch, a fault, a port, a file. It says what is allowed."""


class ApiFailure(Exception):
    """An error of the simulated API: `code` (int, never 0) and `message` of the envelope."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


BAD_PARAMETER = 40002
PARTIAL = 20001
NO_PERMISSION = 40001
ABSENT = 40007
TOO_MANY_IDS = 40011
NO_UPDATE = 40012
DUPLICATE_REQUEST = 40050
UNUSABLE_VIDEO = 40053
MOST_ADS = 40502
TOO_FREQUENT = 40100
TOKEN_MISSING = 40104
TOKEN_INVALID = 40105
NOT_ALLOWLISTED = 40118
WRITTEN_TOO_SOON = 41021
OTHER_MD5 = 40900
TRANSCODING = 40901
UNREADABLE_URL = 40902
TEXT_CONTENT = 40905
NO_FILM = 40906
NAME_TAKEN = 40911
