"""Ad: what people see.

The fields of every contract; which of them a contract takes and requires is the contract's to say.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import model_validator

from reconciler.kinds.document import ObjectManifest, Spec, Strict, unset
from reconciler.kinds.fields import (
    NAME_PATTERN,
    ApiName,
    Boolean,
    ByName,
    Id,
    Integer,
    Name,
    Reference,
    Several,
    Text,
    Unordered,
    VideoId,
    WebUrl,
    Word,
    fail,
    number_in,
    text_of,
)
from reconciler.kinds.media import ImageId

_IdentityName = Annotated[Text, ByName("identities", "identity_id", "identity_type", "identity_authorized_bc_id")]


class VideoUse(Strict):
    """Which video an ad shows: exactly one of three."""

    video: Annotated[Name, Reference("video")] = unset()
    """A Video manifest: it is uploaded into the asset library."""
    refresh: Annotated[Name, Reference("refresh")] = unset()
    """A CreativeRefresh manifest, with `variant`."""
    variant: Annotated[Integer, number_in(1, 100)] = unset()
    """The slot of the generated variant."""
    video_id: VideoId = unset()
    """A video that is in the asset library already."""

    @model_validator(mode="before")
    @classmethod
    def _mapping(cls, value: Any) -> Any:
        if isinstance(value, str):
            name = value if NAME_PATTERN.fullmatch(value) else "NAME"
            hint = f"for a Video write {{video: {name}}}; for a generated variant {{refresh: {name}, variant: 1}}"
            raise fail("R215", "a mapping is expected here, not a name alone", hint)
        return value

    @model_validator(mode="after")
    def _one(self) -> VideoUse:
        given = self.model_fields_set
        if given not in ({"video"}, {"refresh", "variant"}, {"video_id"}):
            hint = 'write {video: NAME}, {refresh: NAME, variant: N} or {video_id: "…"}'
            raise fail("R204", "one video is expected here", hint)
        return self


class CreativeUse(Strict):
    """One creative of a Smart+ ad, or all variants of a refresh."""

    video: Annotated[Name, Reference("video")] = unset()
    """A Video manifest: it is uploaded into the asset library."""
    refresh: Annotated[Name, Reference("refresh")] = unset()
    """A CreativeRefresh manifest: all variants of its current generation that are ready, and approved where it asks
    for that; with `variant` one of them."""
    variant: Annotated[Integer, number_in(1, 100)] = unset()
    """The slot of the generated variant."""
    video_id: VideoId = unset()
    """A video that is in the asset library already."""
    tiktok_item_id: Id = unset()
    """A TikTok post; it has its own cover and text."""
    image_id: ImageId = unset()
    """The cover of the video: an id, or `{image: NAME}` of an Image manifest. Unset: the first cover the platform
    suggests."""
    identity_type: Literal["TT_USER", "BC_AUTH_TT", "AUTH_CODE", "CUSTOMIZED_USER"] = unset()
    """Unset: that of the ad. AUTH_CODE is for posts."""
    identity_id: Text = unset()
    """Unset: that of the ad."""
    identity_authorized_bc_id: Id = unset()
    """Unset: that of the ad."""
    identity: _IdentityName = unset()
    """The identity by its name in the account, instead of these three."""
    aigc_disclosure_type: Literal["SELF_DISCLOSURE", "NOT_DECLARED"] = unset()
    """Unset: that of the ad."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """DISABLE pauses this creative alone. Unset: ENABLE."""

    @model_validator(mode="after")
    def _one(self) -> CreativeUse:
        given = self.model_fields_set & {"video", "refresh", "video_id", "tiktok_item_id"}
        if len(given) != 1 or ("variant" in self.model_fields_set and given != {"refresh"}):
            hint = 'write one of {refresh: NAME}, {refresh: NAME, variant: N}, {video: NAME}, {video_id: "…"}, '
            raise fail("R204", "one source is expected here", hint + '{tiktok_item_id: "…"}')
        if given == {"tiktok_item_id"} and "image_id" in self.model_fields_set:
            raise fail("R201", "a post has its own cover", "remove image_id", at="image_id")
        return self


class UtmParam(Strict):
    """One parameter added to the landing page's URL."""

    key: Text
    """Its name."""
    value: Text
    """Its value, or a macro such as __CAMPAIGN_NAME__."""


class AdSpec(Spec):
    """Fields of an ad, under the API's own names."""

    adgroup: Annotated[Name, Reference("adgroup", nests=True)]
    """The `name` of an AdGroup manifest."""
    ad_name: ApiName = unset()
    """The name in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    ad_format: Literal["SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"] = unset()
    """The form of the creative. CAROUSEL_ADS cannot become another one. Required but in `smart_plus`, whose creatives
    are videos and posts."""
    creatives: list[CreativeUse] = unset()
    """What a Smart+ ad is made of: a set of 1 to 50, in any order. Required in `smart_plus`."""
    on_new_generation: Literal["replace", "join"] = unset()
    """What happens to the variants of an older generation in `creatives`: replaced (unset), or kept and paused."""
    landing_page_url: WebUrl = unset()
    """Where a tap leads. `openapi` never shows it again, so there it is compared with what was last applied; the others
    require it where the ad group promotes a website."""
    identity_type: Literal["TT_USER", "BC_AUTH_TT", "AUTH_CODE", "CUSTOMIZED_USER", "UNSET"] = unset()
    """The kind of identity the ad comes from. CUSTOMIZED_USER is no TikTok account: for new ads only where TikTok is
    not among the placements. UNSET: an old ad that has none."""
    identity_id: Text = unset()
    """Who the ad comes from; required but with UNSET."""
    identity_authorized_bc_id: Id = unset()
    """The Business Center; required with BC_AUTH_TT."""
    identity: _IdentityName = unset()
    """The identity by its name in the account, instead of `identity_type`, `identity_id` and
    `identity_authorized_bc_id`."""
    video: VideoUse = unset()
    """Required, unless there is a `tiktok_item_id` or the format is one of images: `{video: NAME}` of a Video manifest,
    `{refresh: NAME, variant: N}` of a generated variant, or `{video_id: "…"}` of the asset library."""
    image_ids: Annotated[list[ImageId], Several] = unset()
    """The images of an image format, or the one cover of a video: each an id, or `{image: NAME}` of an Image manifest.
    Unset with a video: the first cover the platform suggests."""
    tiktok_item_id: Id = unset()
    """The TikTok post that is promoted; not with CUSTOMIZED_USER."""
    ad_text: Annotated[Text, text_of(1, 100)] = unset()
    """The text below the video, at most 100 characters."""
    ad_texts: Annotated[list[Annotated[Text, text_of(1, 100)]], Several, Unordered()] = unset()
    """Texts that TikTok combines with the creatives, in `smart_plus`: 1 to 5, unless all creatives are posts."""
    call_to_actions: Annotated[list[Word], Several, Unordered()] = unset()
    """At most 3, in `smart_plus`; on TikTok under an identity that is a TikTok account `call_to_action_id` instead."""
    page_ids: Annotated[list[Id], Several, Unordered()] = unset()
    """Instant forms by id, at most 3, in `smart_plus`."""
    call_to_action: Word = unset()
    """LEARN_MORE, SHOP_NOW, … This or `call_to_action_id`."""
    call_to_action_id: Id = unset()
    """A portfolio of calls to action, which TikTok may want with an identity that is a TikTok account."""
    display_name: Annotated[Text, text_of(1, 40)] = unset()
    """The name shown with CUSTOMIZED_USER, at most 40 characters."""
    app_name: Annotated[Text, text_of(1, 40)] = unset()
    """The name of the app, at most 40 characters."""
    utm_params: Annotated[list[UtmParam], Unordered()] = unset()
    """At most 14 of `{key: utm_source, value: tiktok}`."""
    tracking_pixel_id: Id = unset()
    """The pixel that measures the ad."""
    aigc_disclosure_type: Literal["SELF_DISCLOSURE", "NOT_DECLARED"] = unset()
    """Whether the video is declared as made by AI. Unset with a generated variant: SELF_DISCLOSURE, and NOT_DECLARED is
    an error there. Sent and never compared where the identity is a TikTok account: TikTok labels those ads itself."""
    dark_post_status: Literal["ON", "OFF"] = unset()
    """ON shows the video in ads only, OFF on the profile of the TikTok account, too. Unset: created ON, then left
    alone."""
    creative_auto_add_toggle: Boolean = unset()
    """Whether TikTok may add creatives that it makes itself, in `smart_plus`. Unset: created false, then left alone."""
    creative_auto_enhancement_strategy_list: Annotated[list[Word], Several, Unordered()] = unset()
    """What TikTok may change in the creatives, in `smart_plus`. Unset: created [], then left alone."""
    product_info_enabled: Literal["UNSET", "NON_CATALOG", "CATALOG"] = unset()
    """Whether products are shown, in `smart_plus`. Unset: created UNSET, then left alone."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Unset: born paused, then left alone."""


class AdManifest(ObjectManifest):
    """An ad that should exist."""

    kind: Literal["Ad"]
    """Ad."""
    spec: AdSpec
    """The ad's fields."""
