"""Ad: what people see.

The fields of both contracts; which of them a contract takes and requires is the contract's to say.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import model_validator

from reconciler.kinds.document import Manifest, Spec, Strict, unset
from reconciler.kinds.fields import (
    ApiName,
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

    @model_validator(mode="after")
    def _one(self) -> VideoUse:
        given = self.model_fields_set
        if given not in ({"video"}, {"refresh", "variant"}, {"video_id"}):
            hint = 'write {video: NAME}, {refresh: NAME, variant: N} or {video_id: "…"}'
            raise fail("R204", "one video is wanted here", hint)
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
    """The name of the manifest of its ad group. Fixed after creation."""
    ad_name: ApiName = unset()
    """The name shown in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    ad_format: Literal["SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"]
    """The form of the creative."""
    landing_page_url: WebUrl = unset()
    """Where a tap leads. Contract openapi never shows it again, so there it is compared with what was last applied."""
    identity_type: Literal["TT_USER", "BC_AUTH_TT", "AUTH_CODE", "CUSTOMIZED_USER", "UNSET"] = unset()
    """Marketing: the kind of identity the ad comes from. CUSTOMIZED_USER is no TikTok account: for new ads only where
    TikTok is not among the placements. UNSET: an old ad that has none."""
    identity_id: Text = unset()
    """Marketing: the identity; required but with UNSET."""
    identity_authorized_bc_id: Id = unset()
    """Marketing: the Business Center, with BC_AUTH_TT."""
    video: VideoUse = unset()
    """Marketing: the video."""
    image_ids: Annotated[list[Text], Several] = unset()
    """Marketing: images, or the cover of the video. Unset with a video: the first cover the platform suggests."""
    tiktok_item_id: Id = unset()
    """Marketing: the TikTok post that is promoted."""
    ad_text: Annotated[Text, text_of(1, 100)] = unset()
    """Marketing: the text below the video."""
    call_to_action: Word = unset()
    """Marketing: LEARN_MORE, SHOP_NOW, … This or `call_to_action_id`."""
    call_to_action_id: Id = unset()
    """Marketing: a portfolio of calls to action, which TikTok may want with an identity that is a TikTok account."""
    display_name: Annotated[Text, text_of(1, 40)] = unset()
    """Marketing: the name shown with CUSTOMIZED_USER."""
    app_name: Annotated[Text, text_of(1, 40)] = unset()
    """Marketing: the name of the app."""
    utm_params: Annotated[list[UtmParam], Unordered()] = unset()
    """Marketing: at most 14."""
    tracking_pixel_id: Id = unset()
    """Marketing: the pixel that measures the ad."""
    aigc_disclosure_type: Literal["SELF_DISCLOSURE", "NOT_DECLARED"] = unset()
    """Marketing: whether the video is declared as made by AI. Unset with a refreshed video: SELF_DISCLOSURE. Sent and
    never compared where the identity is a TikTok account: TikTok labels those ads itself."""
    dark_post_status: Literal["ON", "OFF"] = unset()
    """Marketing: ON shows the video in ads only, OFF on the profile of the TikTok account, too. Unset: created ON."""
    status: Literal["ENABLE", "DISABLE"] = unset()
    """Marketing. Unset: born DISABLED, then left alone."""


class AdManifest(Manifest):
    """An ad that should exist."""

    kind: Literal["Ad"]
    """Ad."""
    spec: AdSpec
    """The ad's fields."""
