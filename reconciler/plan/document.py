"""The JSON document of a plan, one model: it types what is written, checks what is read, and is the JSON Schema.

`plan --json` prints it; a saved plan is the same document with `saved` and `hash` (see `plan/saved.py`). How a `Plan`
becomes one and back is in `plan/conversion.py`. Fields are only ever added, readers ignore what they do not know.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, RootModel
from typing_extensions import TypedDict  # Pydantic takes that of `typing` from Python 3.12 on only.

from reconciler.allowance import CHANGES
from reconciler.kinds.fields import NAME_PATTERN
from reconciler.kinds.registry import KINDS
from reconciler.model import Op, Side

VERSION = "1.0"


def _known_address(text: str) -> str:
    """The text itself. Raises ValueError for what is no address of a kind we know."""
    kind, _, name = text.partition("/")
    if kind not in KINDS or not NAME_PATTERN.fullmatch(name):
        raise ValueError("not an address")
    return text


def _known_subject(text: str) -> str:
    """The text itself: an address, a kind, or what is counted. Raises ValueError for anything else."""
    return text if text in KINDS or text in CHANGES else _known_address(text)


Where = Annotated[str, AfterValidator(_known_address)]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,30}(\.[0-9]{1,10})?$")]
Hash = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]


class FieldJson(TypedDict):
    """One field of a change."""

    path: str
    """The API's name of the field."""
    old: Any
    """The live value; null for what is new."""
    new: Any
    """The value after the apply; money is text."""
    side: Side
    """Who changed it since the last apply."""
    money: bool
    """Whether its values are amounts or other decimals, as text."""


class UseJson(TypedDict):
    """A document of kind Use."""

    file: str
    """Relative to the workspace."""
    line: Count
    """From 1."""


class SourceJson(TypedDict):
    """Where in the manifests."""

    file: str
    """Relative to the workspace."""
    line: Count
    """From 1."""
    use: NotRequired[UseJson]
    """Where the module is used that it stands in; absent for what stands in no module."""


class RefreshJson(TypedDict):
    """What a refresh row would submit."""

    generation: Count
    """The generation its variants belong to."""
    inputs: str
    """Hash of what they are made from."""
    submits: list[list[Count]]
    """Tasks to submit: the slots each fills, from 1."""


_MovedJson = TypedDict(
    "_MovedJson", {"from": NotRequired[Annotated[Where, Field(description="Of a move: its address until now.")]]}
)


class ChangeJson(_MovedJson):
    """One row that is not unchanged."""

    address: Where
    """KIND/NAME."""
    op: Op
    """What would be done."""
    reason: str
    """Explains, never decides."""
    id: str | None
    """The live object's id."""
    fields: list[FieldJson]
    """What would change."""
    source: SourceJson | None
    """The manifest; null where none is left."""
    code: str | None
    """For a blocked row: the code that `explain` knows."""
    hint: str | None
    """For a blocked row: what to do next."""
    refresh: RefreshJson | None
    """For a refresh row: what it would submit."""
    contract: NotRequired[str]
    """The contract whose calls carry it out; not of videos and refreshes."""


class ViolationJson(TypedDict):
    """A guard rail this plan breaks."""

    rule: str
    """The key of the guard rail."""
    address: Annotated[str, AfterValidator(_known_subject)]
    """The row that breaks it; a kind, or what is counted, where a rule is about more than one row."""
    value: str
    """What would be."""
    limit: str | None
    """What is allowed; null when no limit is set."""
    allow: str
    """What --allow takes to allow exactly this: RULE=ADDRESS, with =AMOUNT where the rule takes one."""


class AllowanceJson(TypedDict):
    """What a guard rail refused, and a person allowed."""

    rule: str
    """The key of the guard rail."""
    address: Annotated[str, AfterValidator(_known_subject)]
    """As in a violation."""
    amount: str | None
    """How far; null where the rule takes no amount."""
    reason: str
    """As given to --reason."""


class AccountJson(TypedDict):
    """The ad account."""

    advertiser_id: Annotated[str, Field(pattern="^[0-9]{1,40}$")]
    """Digits."""
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None
    """Three letters."""
    name: NotRequired[str]
    """What the account is called, where the API tells."""


class SummaryJson(TypedDict):
    """Rows by op, and what is no row."""

    create: Count
    """Rows to create."""
    update: Count
    """Rows to update."""
    replace: Count
    """Rows to replace."""
    disable: Count
    """Rows to disable."""
    delete: Count
    """Rows to delete."""
    adopt: Count
    """Rows to adopt."""
    move: Count
    """Rows to move."""
    forget: Count
    """Rows to forget."""
    upload: Count
    """Rows to upload."""
    refresh: Count
    """Rows to refresh."""
    blocked: Count
    """Rows that are blocked."""
    unchanged: Count
    """Unchanged objects."""
    untargeted: Count
    """Untargeted objects."""
    unmanaged: Count
    """Unmanaged objects."""


class RefreshesJson(TypedDict):
    """Generated videos."""

    tasks: Count
    """Refresh tasks to come."""
    videos: Count
    """The videos they promise."""
    eta_seconds: Count
    """At least how long they take, by the rate limit."""


class AmountsJson(TypedDict):
    """Money; null where nothing limits it, or where it is not known."""

    before: Amount | None
    """Now."""
    after: Amount | None
    """After the apply."""


class CountsJson(TypedDict):
    """Campaigns."""

    before: Count
    """Now."""
    after: Count
    """After the apply."""


class ObservationJson(TypedDict):
    """One object as it was read."""

    id: str
    """The live object's id."""
    modified: str | None
    """When it was last changed (UTC), where the API tells."""
    fields: dict[str, Any]
    """Managed fields as they were read."""


class KnownJson(TypedDict):
    """One object in Ads Manager."""

    name: str
    """What it is called there, or will be."""
    id: str | None
    """The live object's id; null where there is none yet."""
    parent: Where | None
    """What it belongs to."""


class UnwatchedJson(TypedDict):
    """Variants of one refresh that wait to be watched and decided on."""

    refresh: Where
    """Its address."""
    generation: Count
    """The generation they belong to."""
    variants: list[Count]
    """Their numbers, from 1."""


class SavedJson(TypedDict):
    """What a saved plan is bound to."""

    format: Literal[1]
    """Of this part."""
    id: Annotated[str, Field(min_length=1, max_length=100)]
    """This plan's own name: it can be applied once."""
    created_at: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    """UTC."""
    tool_version: str
    """What made it."""
    contract: str
    """How the API speaks."""
    lineage: str | None
    """The lockfile's; null where there was none."""
    serial: Count
    """The lockfile's."""
    manifests: Hash
    """Over everything the manifests declare."""
    live: dict[Where, ObservationJson]
    """Every managed object as it was read, by address."""
    choices: dict[str, str | list[str] | bool | None]
    """The options it was made with."""


class PlanJson(TypedDict):
    """What an apply would do."""

    format_version: Annotated[str, Field(pattern=r"^1\.")]
    """1.0; fields are only ever added."""
    digest: Hash
    """What an approval binds to."""
    account: AccountJson
    """The ad account."""
    summary: SummaryJson
    """Rows by op."""
    changes: list[ChangeJson]
    """Every row that is not unchanged, in the order of the plan."""
    violations: list[ViolationJson]
    """Guard rails this plan breaks."""
    refresh: RefreshesJson
    """Generated videos."""
    worst_case: AmountsJson
    """Worst case a day of all ENABLED campaigns."""
    worst_case_known: NotRequired[bool]
    """False where the listing that it would be computed from is not believed."""
    live_campaigns: CountsJson | None
    """How many may spend; null where nobody has counted."""
    allowances: list[AllowanceJson]
    """What was allowed and is used."""
    warnings: list[str]
    """What to know, one sentence each."""
    names: NotRequired[dict[str, str]]
    """Ids of videos and images among the values, with what the manifests call them."""
    objects: NotRequired[dict[Where, KnownJson]]
    """The rows, and what they belong to, as Ads Manager shows them."""
    asked: NotRequired[list[UnwatchedJson]]
    """Variants that are made, must be approved, and are neither approved nor rejected."""
    called: NotRequired[dict[str, dict[str, str]]]
    """Ids of locations, audiences and the like among the values, with the account's names for them, where asked."""
    saved: NotRequired[SavedJson]
    """Only in a saved plan: what it is bound to."""
    hash: NotRequired[Hash]
    """Only in a saved plan: over all the rest."""


class PlanDocument(RootModel[PlanJson]):
    """Checks a document that comes from outside: `PlanDocument.model_validate(document).root`."""

    model_config = ConfigDict(strict=True, defer_build=True)
