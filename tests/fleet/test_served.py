"""Which groups a worker serves, and what it says of the others."""

from __future__ import annotations

from reconciler.fleet.queue.served import Served


def test_it_is_said_again_why_a_group_is_left_once_that_has_changed() -> None:
    """Not for every job: when the reason is another one, and when the token had been found meanwhile."""
    served, told = Served(["app/own", "app/2"], ["app"]), list[str]()
    served.leave("app/own", "no file", told.append)
    served.leave("app/own", "no file", told.append)
    served.has_token("app/2")
    assert told == ["group own is left to other workers: no file"]
    served.leave("app/own", "empty file", told.append)
    served.has_token("app/own")
    served.leave("app/own", "empty file", told.append)
    assert told[1:] == ["group own is left to other workers: empty file"] * 2
    assert served.queues() == ["app/2", "app"]
