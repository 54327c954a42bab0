"""The nouns. Everything here is a value: frozen, comparable, free of behaviour that touches the world.

A *name* is what a human chose, an *id* is what the API answered. A *change* is what people review, an *action* is
what is sent. Field values are in normal form (`canonical.py`): text, whole numbers, booleans, and tuples or mappings
of them; money is text in the minor units of its currency ("500.00"), so that `==` compares money as money.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, get_args

from msgspec import Struct, field

from reconciler.allowance import Allowance
from reconciler.errors import Finding
from reconciler.errors import Source as Source
from reconciler.renewed import Renewed

Fields = Mapping[str, Any]

Op = Literal[
    "create", "update", "replace", "disable", "delete", "adopt", "move", "forget", "upload", "refresh", "blocked"
]
OPS: tuple[Op, ...] = get_args(Op)
Side = Literal["ours", "theirs", "both"]
OnRemove = Literal["disable", "delete", "keep"]


class Address(NamedTuple):
    """`campaign/spring`: the kind's short name and the manifest's name."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """The inverse of `str`. Raises ValueError when there is no slash."""
        kind, slash, name = text.partition("/")
        if not (kind and slash and name):
            raise ValueError(text)
        return cls(kind, name)


class Plain(str):
    """An unquoted scalar of a manifest, as written: `50`, `true`. The field that takes it says what it means."""

    __slots__ = ()


class Number(str):
    """A decimal number in normal form, kept as text so that no digit is lost; sent as a bare JSON number."""

    __slots__ = ()


class Lifecycle(Struct, frozen=True):
    """What happens to the live object when people leave it."""

    on_remove: OnRemove = "disable"
    protect: bool = False
    ignore: frozenset[str] = frozenset()
    exclusive: frozenset[str] = frozenset()
    reasons: Mapping[str, str] = field(default_factory=dict)  # Why a field is ignored, where somebody said so.


class Resource(Struct, frozen=True):
    """One manifest in normal form: what somebody wants to exist."""

    address: Address
    fields: Fields
    """API field name → value, only what the manifest sets; references to other manifests are not in it."""
    parent: Address | None
    """The one of `refs` that nests: what the object belongs to."""
    name: str
    """The API name to create the object under (the manifest's own name unless the spec sets one)."""
    lifecycle: Lifecycle
    labels: Mapping[str, str]
    source: Source
    contract: str = ""
    """The contract that its calls are of."""
    refs: Mapping[str, Address] = field(default_factory=dict)
    """Field → what its manifest's value names; a field inside another is `video.refresh`."""
    adopt: str | None = None
    """The id of the live object that is to be bound to it, as long as none is."""
    moved: tuple[Address, ...] = ()  # What it was called before, latest first.


class LiveObject(NamedTuple):
    """One object of the account as a listing showed it."""

    id: str
    name: str
    parent: str | None
    """The parent's id."""
    fields: Fields
    modified: str | None = None
    created: str | None = None
    """The API's own time stamps of the last change and the creation (UTC), where it tells them."""
    foreign: bool = False
    """Whether no call used here may write it."""
    contract: str = ""
    """The contract whose listing showed it."""


class LockEntry(Struct, frozen=True):
    """What the lockfile remembers of one object we made or adopted."""

    id: str
    parent: Address | None
    applied: Fields
    """The managed fields as last applied; money as text."""
    on_remove: OnRemove = "disable"
    protect: bool = False
    source: Source | None = None
    born: Literal["created", "adopted", "pulled"] = "created"
    unlisted_since: str | None = None
    """When it was created (UTC), until a listing has shown it: so long our own record is believed."""
    removed_at: str | None = None
    """When its manifest was gone and the object was disabled (UTC)."""
    unpaused: bool = False
    """Created, but not yet known to be paused: its birth is not complete."""
    replaces: str | None = None
    """The id of the object it stands in for, until that one is known to be paused."""
    contract: str | None = None
    """The contract that its calls are of; None: the workspace's own."""
    stored_as: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Field → (the text as sent, as the platform has stored it), where the two differ."""
    creatives: tuple[Fields, ...] = ()  # Of a Smart+ ad: what each is, and its ids when it was last seen.
    shown: tuple[Fields, ...] = ()  # Of an ad: the variants it has shown and since when, as `state/shown.py` has it.
    paused: tuple[Fields, ...] = ()  # Those of others that a write may have woken, until they are known to be paused.


class VideoEntry(Struct, frozen=True):
    """What the lockfile remembers of a source video."""

    url: str | None  # None: it came from a file, which `sha256` tells.
    stock_video_id: str | None = None  # Its id in the stock library, which refresh tasks take.
    library_id: str | None = None  # Its id in the ad account's asset library, which ads take.
    sha256: str | None = None


class ImageEntry(Struct, frozen=True):
    """What the lockfile remembers of an image, as of a video."""

    url: str | None
    library_id: str
    sha256: str | None = None


class Task(Struct, frozen=True):
    """One refresh task. A submit is one task, or four that share their slots."""

    task_id: str
    slots: tuple[int, ...]
    """The slots its submit fills."""
    status: str
    """SUBMITTED, PROCESSING, SUCCESS, FAILED, or whatever else the API says: then it is asked again."""
    submitted_at: str
    video_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """What it made, once it has succeeded, and the platform's names of those."""
    ended_at: str | None = None
    """When its success was first seen: previews live six hours from about then. Both times are UTC."""

    @property
    def ended(self) -> bool:
        """Whether its status is final."""
        return self.status in ("SUCCESS", "FAILED")


VariantState = Literal["pending", "ready", "failed", "expired", "superseded"]


class Variant(Struct, frozen=True):
    """One slot of a generation, and the file that fills it."""

    slot: int
    state: VariantState = "pending"
    task_id: str | None = None
    video_id: str | None = None
    name: str = ""  # The platform's, of the video.
    file: str | None = None  # Relative to the workspace.
    sha256: str | None = None
    bytes: int | None = None
    duration_seconds: float | None = None
    library_video_id: str | None = None
    preview_expires_at: str | None = None  # UTC; the URL itself is written nowhere.
    failures: int = 0  # How many tasks for this slot have failed.
    of: int = 1  # How many slots its submit fills: 1, or 4.


class Generation(Struct, frozen=True):
    """All variants made from the same inputs."""

    generation: int
    inputs: str
    """Hash of source, strategies, hook and revision."""
    tasks: tuple[Task, ...] = ()
    variants: tuple[Variant, ...] = ()


class RefreshEntry(Struct, frozen=True):
    """What the lockfile remembers of a CreativeRefresh."""

    current: Generation
    wanted: int
    """How many slots the last apply was asked for."""
    keep: int = 3
    past: tuple[Generation, ...] = ()
    """Earlier generations, newest first."""
    source: Source | None = None
    waiting: Mapping[str, Any] | None = None
    """Steps of an approved plan that wait for its variants, as `apply/waiting.py` writes them."""
    renewed: Renewed | None = None  # What its last Renewal has brought about.


Stored = VideoEntry | ImageEntry
Entry = LockEntry | Stored | RefreshEntry


class RefreshWork(Struct, frozen=True):
    """What a refresh row would submit."""

    generation: int
    inputs: str
    submits: tuple[tuple[int, ...], ...]
    """The slots each submit fills."""
    fields: Fields
    """The manifest's fields: strategies, add_hook."""
    wanted: int
    keep: int
    video: Address | None
    """The Video whose stock id is used; None when the manifest names the id itself."""
    video_id: str | None
    source: Source
    uploaded: tuple[str | None, str | None] | None = None  # URL and SHA-256 of the upload; None with a `video_id`.
    renewed: Renewed | None = None

    @property
    def videos(self) -> int:
        """How many videos the submits promise."""
        return sum(len(slots) for slots in self.submits)


class FieldChange(NamedTuple):
    """One field of one change. `old` is the live value (the applied one where the API does not read it back)."""

    path: str
    old: Any
    new: Any
    side: Side = "ours"


class Change(Struct, frozen=True):
    """One row of a plan: what people review."""

    address: Address
    op: Op
    reason: str
    """Explains, never decides."""
    id: str | None = None
    fields: tuple[FieldChange, ...] = ()
    source: Source | None = None
    code: str | None = None
    hint: str | None = None
    """Of a blocked row: the code that `explain` knows, and what to do."""
    work: RefreshWork | None = None
    """For a refresh row: what it would submit."""
    contract: str | None = None
    """The contract its calls are of; None: the workspace's own."""
    moved_from: Address | None = None  # Of a move: its address until now.


class Violation(Struct, frozen=True):
    """A guard rail that this plan breaks. A plan with a violation is shown, never applied."""

    rule: str
    address: Address | str
    """The row that breaks it; a kind, or what is counted, where a rule is about more than one row."""
    value: str
    limit: str | None
    allow: str  # What --allow takes to allow exactly this.


class Plan(Struct, frozen=True):
    """Everything an apply would do, as a value: same inputs, same bytes."""

    contract: str
    advertiser_id: str
    currency: str | None
    changes: tuple[Change, ...]
    unchanged: int = 0
    untargeted: int = 0
    unmanaged: int = 0
    warnings: tuple[str, ...] = ()
    violations: tuple[Violation, ...] = ()
    allowances: tuple[Allowance, ...] = ()
    needs: Mapping[Address, Any] = field(default_factory=dict)
    """Ads whose videos must be generated first: what each waits for, a tuple of `generations.Need`."""
    variants: Mapping[str, str] = field(default_factory=dict)
    """Ids of generated videos in the asset library → refresh/NAME/GENERATION/SLOT."""
    worst_case: tuple[str | None, str | None] = ("0.00", "0.00")
    """Worst case a day of all ENABLED campaigns, before and after; None where nothing limits it."""
    is_counted: bool = True
    """Whether the worst case is known; False where the listing that it would be computed from is not believed."""
    names: Mapping[str, str] = field(default_factory=dict)
    """Ids of videos and images among the values → what the manifests call them: `video/hero`."""
    about: Any = None  # What the rows are called in Ads Manager, and belong to: an `about.About`, where it is known.
    running: tuple[int, int] | None = None  # How many they are, before and after; None where nobody has counted.
    notice: bool = False  # Whether an asset would be uploaded, before which the platform's notice must be shown.
    account_name: str | None = None  # What the account is called, where the API tells.
    eta_seconds: int = 0  # At least how long the refresh tasks take.
    entries: Mapping[Address, Entry | None] = field(default_factory=dict)
    """Lockfile entries that must change without any call (metadata of unchanged rows; None removes one)."""


class Ref(Struct, frozen=True):
    """Stands in a call for the id of an object that may not exist yet."""

    address: Address


class Asset(Struct, frozen=True):
    """Stands in a call for an id in the asset library: a Video's, an Image's, or that of a slot of a generation."""

    address: Address
    slot: int = 0
    generation: int = 0


class Cover(Struct, frozen=True):
    """Stands in a call for the first cover that the platform suggests for a video."""

    video: Asset | str


class Deferred:
    """Stands in a call for a value that is known only when it is sent; `words` tell of it."""

    words = ""


class Call(Struct, frozen=True):
    """One request, before ids are filled in. `body` values may be `Ref`."""

    method: Literal["GET", "POST"]
    path: str
    body: Mapping[str, Any]


Ended = Literal["done", "failed", "skipped", "unknown", "pending"]
OUTCOMES: tuple[Ended, ...] = get_args(Ended)


class Outcome(Struct, frozen=True):
    """How one row of the plan ended."""

    address: Address
    op: Op
    outcome: Ended
    id: str | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None
    hint: str | None = None
    task_ids: tuple[str, ...] | None = None
    """For a refresh: the tasks of its current generation."""


class Ending(Struct, frozen=True):
    """How an apply ended."""

    digest: str
    outcomes: tuple[Outcome, ...]
    exit_code: int
    errors: tuple[Finding, ...] = ()  # What went wrong beside the rows: nothing could be recorded any more.
