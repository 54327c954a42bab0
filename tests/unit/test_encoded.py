"""JSON of the state's files: the bytes that `json` writes, whatever is in it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reconciler.canonical import canonical_json
from reconciler.model import Number, Plain
from reconciler.state.encoded import canonical, compact, spaced
from reconciler.state.journal import Journal, read
from tests.rotation import in_turn
from tests.unit.worlds import MemoryStore, VirtualWorld

leaves = st.text() | st.integers() | st.booleans() | st.none() | st.builds(Number, st.just("50.00"))
values = st.recursive(leaves, lambda inner: st.lists(inner).map(tuple) | st.dictionaries(st.text(), inner))


@in_turn(1, 3)
@settings(max_examples=200)
@given(values)
def test_the_bytes_are_those_of_json(value: Any) -> None:
    """Compact, sorted, and with spaces: checksums of other versions hold, and no line of a lockfile changes."""
    assert json.loads(compact(value)) == json.loads(json.dumps(value))
    assert canonical(value) == canonical_json(value).encode()
    assert spaced(canonical(value)) == json.dumps(value, sort_keys=True, ensure_ascii=False).encode()


def test_whatever_a_reply_says_can_be_recorded() -> None:
    """Half a surrogate pair is nothing that UTF-8 could hold: a record of what was paid for must not fail of it."""
    store = MemoryStore()
    Journal(store, VirtualWorld(), []).append("reply", of=1, body="half of a \ud83d pair\u2028")
    (record,) = read(store.log)[0]
    assert record.data["body"] == "half of a \ud83d pair\u2028"


def test_only_texts_stand_for_numbers() -> None:
    """Anything else that is no JSON is a mistake of ours."""
    assert compact([Number("1.50"), Plain("true")]) == b'["1.50","true"]'
    with pytest.raises(TypeError, match="object is no JSON"):
        compact(object())
