"""What the API answers: the envelope around a handler's data, and the HTTP status it comes with."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.simulator.failure import NO_PERMISSION, PARTIAL, TOKEN_INVALID, TOKEN_MISSING, TOO_FREQUENT
from reconciler.simulator.messages import Reply
from reconciler.simulator.settings import Settings
from reconciler.simulator.wire import Json, encode

HTTP_STATUS = {TOO_FREQUENT: 429, TOKEN_MISSING: 401, TOKEN_INVALID: 401, NO_PERMISSION: 403}


@dataclass(frozen=True)
class Answer:
    """What was made of a call. `code` 0 is success; then `data` is what the handler gave."""

    code: int
    message: str
    data: Json

    def envelope(self, request_id: str | None) -> dict[str, Json]:
        """`{code, message, request_id, data}`; None leaves request_id out."""
        told: dict[str, Json] = {"code": self.code, "message": self.message}
        if request_id is not None:
            told["request_id"] = request_id
        return {**told, "data": self.data}

    def reply(self, envelope: Json, settings: Settings) -> Reply:
        """The envelope as JSON. Errors come with HTTP 200 unless the switch `errors_as` says otherwise."""
        if settings.errors_as == "code" or self.code in (0, PARTIAL):
            status = 200
        else:
            status = HTTP_STATUS.get(self.code, 500 if self.code >= 50000 else 400)
        return Reply(encode(envelope).encode(), status)


def refused(code: int, message: str) -> Answer:
    """An error: its data are empty."""
    return Answer(code, message, {})
