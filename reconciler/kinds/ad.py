"""Ad: what people see."""

from __future__ import annotations

from typing import Annotated, Literal

from reconciler.kinds.document import Manifest, Spec, unset
from reconciler.kinds.fields import ApiName, Name, Reference, WebUrl


class AdSpec(Spec):
    """Fields of an ad, under the API's own names."""

    adgroup: Annotated[Name, Reference("adgroup")]
    """The name of the manifest of its ad group. Fixed after creation."""
    ad_name: ApiName = unset()
    """The name shown in Ads Manager. Unset: the manifest's name, used at creation and never compared."""
    ad_format: Literal["SINGLE_VIDEO", "SINGLE_IMAGE", "CAROUSEL_ADS", "CATALOG_CAROUSEL", "LIVE_CONTENT"]
    """The form of the creative."""
    landing_page_url: WebUrl = unset()
    """Where a tap leads. The API never shows it again, so it is compared with what was last applied."""


class AdManifest(Manifest):
    """An ad that should exist."""

    kind: Literal["Ad"]
    """Ad."""
    spec: AdSpec
    """The ad's fields."""
