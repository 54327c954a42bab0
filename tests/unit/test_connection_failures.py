"""What counts as never sent: only what is certain, because such a write is sent again."""

from __future__ import annotations

import ssl

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, SSLError

from reconciler.api.route import DIRECT, trouble


def wrapped(reason: Exception) -> requests.exceptions.RequestException:
    """As requests hands an error of its pool on."""
    kind = requests.exceptions.SSLError if isinstance(reason, SSLError) else requests.exceptions.ConnectionError
    return kind(MaxRetryError(None, "/", reason))  # type: ignore[arg-type] # no pool is looked at


@pytest.mark.parametrize(
    ("error", "unsent"),
    [
        (wrapped(SSLError(ssl.SSLCertVerificationError("self-signed"))), True),
        (wrapped(SSLError(ssl.SSLError(1, "bad record mac"))), False),
        (requests.exceptions.SSLError(SSLError(ssl.SSLError(1, "alert internal error"))), False),
        (wrapped(NewConnectionError(None, "refused")), True),  # type: ignore[arg-type] # no connection is looked at
        (wrapped(NameResolutionError("host", None, OSError())), True),  # type: ignore[arg-type] # nor here
        (requests.exceptions.ConnectionError(ProtocolError("aborted", OSError())), False),
        (requests.exceptions.ReadTimeout("slow"), False),
    ],
)
def test_only_what_is_certain_counts_as_unsent(error: Exception, unsent: bool) -> None:
    """TLS can break while a reply is waited for: then the write may have been made."""
    assert trouble(error, "https://api.example.com", DIRECT).unsent is unsent
