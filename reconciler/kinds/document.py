"""The envelope every manifest shares: kind, name, labels, lifecycle, spec."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from reconciler.kinds.fields import Boolean, Extra, Id, Name, Text, fail

NO_REASON = "-"
"""Stands for the reason of a field that is ignored without one."""


class Strict(BaseModel):
    """Unknown keys are errors; the text under a field is its description everywhere."""

    # A group of settings that may be left out has `model_construct` as its default: a validator that is built for that
    # alone costs some milliseconds at each start.
    model_config = ConfigDict(extra="forbid", validate_default=False, defer_build=True)


def unset() -> Any:
    """Default of a field that may be left out; None never reaches a resource, and `null` is not accepted."""
    return Field(default=None)


class IgnoredField(Strict):
    """A field left to others, with the reason why."""

    field: Text
    """The field of `spec` that is sent at creation and never compared."""
    reason: Text
    """Why; shown to whoever wonders."""


def _ignored(value: Any) -> Any:
    if isinstance(value, dict):
        return IgnoredField.model_validate(value)
    if not isinstance(value, str):
        raise fail("R215", "a field name, or {field: NAME, reason: TEXT}, is expected here")
    return IgnoredField(field=value, reason=NO_REASON)


class LifecycleSpec(Strict):
    """What happens to the live object when people leave it."""

    on_remove: Literal["disable", "delete", "keep"] = "disable"
    """When the manifest goes away: disable the object, delete it (after a hold), or keep it as it is."""
    protect: Boolean = False
    """Never disable or delete the object; remembered in the lockfile, so it outlives the manifest."""
    ignore: list[
        Annotated[
            IgnoredField,
            BeforeValidator(_ignored),
            WithJsonSchema(
                {
                    "anyOf": [
                        {"type": "string"},
                        {
                            "type": "object",
                            "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
                            "required": ["field", "reason"],
                            "additionalProperties": False,
                        },
                    ]
                }
            ),
        ]
    ] = Field(default_factory=list)
    """Fields left to others: sent at creation, never compared."""
    exclusive: list[Text] = Field(default_factory=list)
    """Lists of `spec` that hold nothing but what the manifest says: what others have added to them is taken out. Else
    it stays."""


def _names(value: Any) -> Any:
    if value == []:
        raise fail("R215", "one name at least is expected here", "write the name it had before")
    return value if isinstance(value, list) else [value]


class MovedSpec(Strict):
    """What the resource was called before."""

    from_: Annotated[
        list[Text],
        BeforeValidator(_names),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}),
        Field(alias="from"),
    ]
    """The name, or the address, it had; several with the latest first."""


class Spec(Strict):
    """Base of every kind's spec."""

    extra: Extra = Field(default_factory=dict)
    """API fields this version does not know, sent as they are written."""


_UNTOUCHED = LifecycleSpec.model_construct()
Matrix = Annotated[
    dict[str, list[Any]],
    WithJsonSchema(
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "array", "minItems": 1, "items": {"type": ["string", "integer"]}},
        }
    ),
]
"""Axis → its values."""


class Manifest(Strict):
    """The envelope; each kind adds `kind` and `spec`."""

    @classmethod
    def spec_model(cls) -> type[Spec]:
        """The model of this kind's `spec`."""
        found = cls.model_fields["spec"].annotation
        if not (isinstance(found, type) and issubclass(found, Spec)):
            raise TypeError(f"{cls.__name__} has no spec")
        return found

    name: Name
    """The resource's name in this workspace: unique per kind, and the same for its whole life."""
    contract: Literal["marketing", "smart_plus"] = unset()
    """The calls its object is made with, where that is not `api.contract`. Manual campaigns and Smart+ may stand side
    by side; what belongs to an object has its contract."""
    matrix: Matrix = unset()
    """Axis → values: the document stands once for each combination, at most 1,000. `${AXIS}` stands for a value, and
    every axis in the name."""
    moved: MovedSpec = unset()
    """Says that it is what another name stood for until now: the next apply gives the lockfile's entry this address and
    sends nothing for it. Without effect once done."""
    labels: dict[str, Text] = Field(default_factory=dict)
    """Free labels, for `--target label:KEY=VALUE`."""
    lifecycle: LifecycleSpec = Field(default_factory=lambda: _UNTOUCHED)
    """What happens when the manifest goes away, and which fields are left to others."""


class ObjectManifest(Manifest):
    """The envelope of what is an object of the account."""

    adopt: Id = unset()
    """The id of a live object that is to be bound to this manifest: the next apply does it and sends nothing for it. It
    may stay here; without effect once done."""
