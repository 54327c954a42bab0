"""Names of the account: the call that lists each sort, and where its ids stand in a manifest. One row a sort.

Source of every fact: decision 0009, docs/decisions/0009-names-of-the-account.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from reconciler.contracts.reports import AUDIENCES
from reconciler.contracts.uploads import IMAGES, VIDEOS

_TAKES = frozenset({"CUSTOMIZED_USER", "AUTH_CODE", "TT_USER", "BC_AUTH_TT"})
MOST_VIDEOS = 10_000
"""The search of videos shows no more than the newest so many."""


class Written(Struct, frozen=True):
    """How what was found is written into a manifest of one contract."""

    where: str
    """What the lines stand in."""
    lines: tuple[str, ...]
    """The lines; `{{key}}` is a value of the API's row, quoted. A line whose value the row lacks is left out."""


class Lookup(Struct, frozen=True):
    """One sort of thing that has a name and an id."""

    what: str
    one: str
    path: str
    rows: str
    """The array of the answer's `data`."""
    id_key: str
    name_key: str
    written: Mapping[str, Written]
    """By the contract's name."""
    page_size: int | None = None
    """Rows a page; None: the whole list is one answer."""
    query: Mapping[str, str] = field(default_factory=dict)
    digits: bool = True
    """Whether its ids are digits."""
    details: tuple[str, ...] = ()
    """Further keys of a row, which tell equal names apart."""
    above: str = ""
    """The key that names the row it is a part of."""
    usable: tuple[str, frozenset[str]] | None = None
    """A key and the values with which a manifest can use the row."""
    most: int | None = None
    """The longest list the call shows; at so many rows there may be more."""

    def can_use(self, row: Mapping[str, str]) -> bool:
        """Whether a manifest can use what such a row is about. `row`: id, name and details by their keys."""
        return self.usable is None or row.get(self.usable[0]) in self.usable[1]


def _both(where: str, *lines: str) -> Mapping[str, Written]:
    """The same for both contracts."""
    return dict.fromkeys(("marketing", "smart_plus"), Written(where, lines))


def _targeting(line: str) -> Mapping[str, Written]:
    """A list of the targeting, which Smart+ has one level deeper."""
    return {
        "marketing": Written("spec of an AdGroup", (line,)),
        "smart_plus": Written("spec.targeting_spec of an AdGroup", (line,)),
    }


_IDENTITY = (
    "identity_type: {{identity_type}}",
    "identity_id: {{identity_id}}",
    "identity_authorized_bc_id: {{identity_authorized_bc_id}}",
)
LOOKUPS: Mapping[str, Lookup] = {
    one.what: one
    for one in (
        Lookup(
            "locations", "location", "tool/region/", "region_info", "location_id", "name",
            _targeting("location_ids: [{{location_id}}]"),
            # Required, and common to both contracts; unless told, not every level is listed.
            query={"placements": '["PLACEMENT_TIKTOK"]', "objective_type": "WEB_CONVERSIONS", "level_range": "ALL"},
            details=("level", "region_code"), above="parent_id",
        ),
        Lookup(
            "languages", "language", "tool/language/", "languages", "code", "name",
            _targeting("languages: [{{code}}]"), digits=False,
        ),
        Lookup(
            "interests", "interest", "tool/interest_category/", "interest_categories", "interest_category_id",
            "interest_category_name", _targeting("interest_category_ids: [{{interest_category_id}}]"),
            query={"version": "2"},
        ),
        Lookup(
            "identities", "identity", "identity/get/", "identity_list", "identity_id", "display_name",
            _both("spec of an Ad", *_IDENTITY), page_size=100, digits=False,
            details=("identity_type", "identity_authorized_bc_id"), usable=("identity_type", _TAKES),
        ),
        Lookup(
            "pixels", "pixel", "pixel/list/", "pixels", "pixel_id", "pixel_name",
            _both("spec of an AdGroup", "pixel_id: {{pixel_id}}"), page_size=20, details=("pixel_code",),
        ),
        Lookup(
            "apps", "app", "app/list/", "apps", "app_id", "app_name",
            _both("spec of an AdGroup or a Campaign", "app_id: {{app_id}}"), details=("platform",),
        ),
        Lookup(
            "audiences", "audience", AUDIENCES, "list", "audience_id", "name",
            _targeting("audiences: [{{audience_id}}]"), page_size=100,
        ),
        Lookup(
            "videos", "video", VIDEOS.search, "list", "video_id", "file_name",
            {
                "marketing": Written("spec of an Ad", ("video: {video_id: {{video_id}}}",)),
                "smart_plus": Written("spec.creatives of an Ad", ("- {video_id: {{video_id}}}",)),
            },
            page_size=100, digits=False, most=MOST_VIDEOS,
        ),
        Lookup(
            "images", "image", IMAGES.search, "list", "image_id", "file_name",
            {
                "marketing": Written("spec of an Ad", ("image_ids: [{{image_id}}]",)),
                "smart_plus": Written("an item of spec.creatives of an Ad", ("image_id: {{image_id}}",)),
            },
            page_size=100, digits=False,
        ),
    )
}  # fmt: skip
ROWS_OF: Mapping[str, str] = {one.path: one.rows for one in LOOKUPS.values()}
"""Path of a listing → the array of its `data`, where that is not `list`."""
