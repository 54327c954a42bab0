"""The order in which a manifest's keys are written: as its kind declares them."""

from __future__ import annotations

from reconciler.kinds.registry import BY_TITLE


def key_order(title: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(the keys of a document, the fields of its `spec`) of the kind with this title; empty where none is known."""
    kind = BY_TITLE.get(title)
    if kind is None:
        return (), ()
    # What every kind has comes first where it is declared; `kind` is the headline, and `extra` is for what is left.
    keys = ("kind", *(one for one in kind.manifest.model_fields if one != "kind"))
    fields = (*(one for one in kind.manifest.spec_model().model_fields if one != "extra"), "extra")
    return keys, fields
