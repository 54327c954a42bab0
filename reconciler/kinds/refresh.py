"""CreativeRefresh: how many generated variants of a video are wanted, and how they are made.

Source of the values and couplings: the Refresh Ads document, section create a task.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import PlainValidator, WithJsonSchema, model_validator

from reconciler.kinds.document import Manifest, Spec, Strict, unset
from reconciler.kinds.fields import Boolean, Integer, Name, Reference, VideoId, fail, number_in, text
from reconciler.kinds.hooks import HookType, Strategies, Theme, changed
from reconciler.kinds.renew import RenewSpec

PER_RECOMMENDED = 4
"""Videos of one submit with hook_type RECOMMENDED."""
_DESCRIPTION = 3000


def _description(value: Any) -> str:
    written = text(value)
    if len(written) > _DESCRIPTION:
        raise fail("R211", f"the description has {len(written)} characters", f"at most {_DESCRIPTION} are allowed")
    return written


class AddHook(Strict):
    """Details of the generated intro."""

    hook_type: HookType
    """The kind of intro. RECOMMENDED makes four videos in one submit."""
    product_category: Literal[
        "AUTOMOTIVE", "CATERING_SERVICES", "CLOTHING_AND_ACCESSORIES",
        "CONSUMER_ELECTRONICS_AND_ELECTRIC_APPLIANCES", "CONSUMER_GOODS", "CONVENIENCE_SERVICES",
        "CULTURE_SPORTS_AND_ENTERTAINMENT", "EDUCATION_AND_TRAINING", "ELECTRONICS_AND_ELECTRICAL",
        "FOOD_AND_DRINKS", "GAMES", "HEALTHCARE_AND_PHARMACEUTICAL", "HOME_FURNISHING_MATERIALS", "INTERNET_FINANCE",
        "MEDIA_AND_CONTENT", "PROFESSIONAL_SERVICES", "PUBLIC_ADMINISTRATION", "RETAIL_AND_ECOMMERCE",
        "TELECOMMUNICATIONS", "TRADITIONAL_FINANCE", "TRAVEL", "UTILITY_SOFTWARE",
    ]  # fmt: skip
    """What is advertised."""
    product_description: Annotated[
        str, PlainValidator(_description), WithJsonSchema({"type": "string", "maxLength": _DESCRIPTION})
    ] = unset()
    """Product, brand and audience, at most 3,000 characters."""
    holiday_theme: Theme = unset()
    """The holiday; exactly with hook_type HOLIDAY."""

    @model_validator(mode="after")
    def _theme_with_holiday(self) -> AddHook:
        if (self.hook_type == "HOLIDAY") != (self.holiday_theme is not None):
            if self.holiday_theme is None:
                raise fail("R202", "hook_type HOLIDAY needs a holiday_theme", "add `holiday_theme:`")
            raise fail("R201", "a holiday_theme goes with hook_type HOLIDAY only", "remove it", at="holiday_theme")
        return self


class CreativeRefreshSpec(Spec):
    """Generated variants of one video."""

    video: Annotated[Name, Reference("video", needs="url")] = unset()
    """The name of the manifest of the source video, which has a `url`; or else `video_id`."""
    video_id: VideoId = unset()
    """The id of a video that is in the stock library already; or else `video`."""
    strategies: Strategies
    """What is done to the video: a generated intro, other music, or both."""
    add_hook: AddHook = unset()
    """Details of the intro; exactly with strategy ADD_HOOK."""
    variants: Annotated[Integer, number_in(1, 100)]
    """How many finished variants are wanted, 1 to 100; a multiple of 4 with hook_type RECOMMENDED."""
    revision: Annotated[Integer, number_in(1, 1_000_000)] = 1
    """Raise it to have the variants made anew; lower it to go back to a generation that is kept."""
    keep: Annotated[Integer, number_in(0, 100)] = 3
    """How many earlier generations stay in the lockfile."""
    require_approval: Boolean = False
    """Whether a variant must be approved before an ad may use it."""
    renew: RenewSpec = unset()
    """When new variants are due, which hooks come next, and how often at most; see docs/renewing.md."""

    @model_validator(mode="after")
    def _couplings(self) -> CreativeRefreshSpec:
        if (self.video is None) == (self.video_id is None):
            raise fail("R202", "a source is missing: give either `video` or `video_id`", "write one of the two")
        if ("ADD_HOOK" in self.strategies) != (self.add_hook is not None):
            if self.add_hook is None:
                raise fail("R202", "strategy ADD_HOOK needs `add_hook`", "add `add_hook:` with its details")
            raise fail("R201", "`add_hook` goes with strategy ADD_HOOK only", "remove it", at="add_hook")
        recommended = "ADD_HOOK" in self.strategies and self.add_hook.hook_type == "RECOMMENDED"
        if recommended and self.variants % PER_RECOMMENDED:
            hint = "one submit makes four videos: write a multiple of 4"
            raise fail("R208", f"{self.variants} is not a multiple of 4", hint, at="variants")
        if self.renew is not None:
            self._possible_steps(self.renew)
        return self

    def _possible_steps(self, policy: RenewSpec) -> None:
        """Raises where a step of the policy cannot be made, or makes nothing new."""
        own = self.model_dump(include={"strategies", "add_hook"}, exclude_none=True)
        before = own
        for number, one in enumerate(policy.hooks, 1):
            made, what = changed(own, one), f"step {number}" if number <= len(policy.next) else one["holiday_theme"]
            if "ADD_HOOK" in made["strategies"] and "add_hook" not in made:
                hint = "add `add_hook:` to the spec: every hook has its product_category"
                raise fail("R202", f"{what} of `renew` adds a hook, and there is no `add_hook`", hint, at="renew")
            hook = made.get("add_hook", {}).get("hook_type")
            if hook == "RECOMMENDED" and self.variants % PER_RECOMMENDED:
                hint = "write `variants` as a multiple of 4: one submit makes four videos"
                raise fail("R208", f"{what} of `renew` is RECOMMENDED, and `variants` no multiple of 4", hint, "renew")
            if made == before and number <= len(policy.next):
                hint = "write another hook_type: it would make nothing new"
                raise fail("R208", f"{what} of `renew` is the same as step {number - 1}", hint, at="renew")
            before = made


class CreativeRefreshManifest(Manifest):
    """Generated variants that should exist."""

    kind: Literal["CreativeRefresh"]
    """CreativeRefresh."""
    spec: CreativeRefreshSpec
    """How many variants, and how they are made."""
