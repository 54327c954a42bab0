"""The switches of Upgraded Smart+: what its fact sheet leaves open (8.8 there), each with the default it assumes."""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.simulator.switches import choice, flag, seconds, word


@dataclass(frozen=True)
class SmartSwitches:
    """Those of the calls below `smart_plus/`; the sections are the fact sheet's."""

    # 0.1, 2: what an account that is not allowlisted is told.
    sp_allowlist: str = choice(
        "on",
        "40118",
        "40001",
        "40002",
        meaning="the account may create and update Smart+ objects; otherwise it is refused with this code",
    )
    # 3.5: the request_id that creates need.
    sp_request_id_window: str = word(
        "10", "[0-9]{1,9}|forever", "seconds or forever", "how long a request_id of a Smart+ create counts as sent"
    )
    sp_request_id_loser: str = choice(
        "40050", "first_answer", meaning="what the second create of one request_id is told: a code, or the first's data"
    )
    sp_request_id_burned_by_refusal: bool = flag("off", "a Smart+ create that is refused uses its request_id up")
    # 3.6: names.
    sp_unique_names: bool = flag("off", "refuse a second Smart+ campaign or ad group of the same name under a parent")
    sp_ad_unique_names: bool = flag("off", "refuse a second Smart+ ad of the same name in its ad group")
    # 4: what an update does.
    sp_list_update: str = choice(
        "replace", "merge", meaning="a list in smart_plus/ad/update is the new list, or is added to the old one"
    )
    sp_material_ids: str = choice(
        "keep", "renew", meaning="a creative that a new creative_list still holds keeps its ids, or gets new ones"
    )
    sp_material_status_on_update: str = choice(
        "keep", "enable", meaning="such a creative stays paused, or is switched on again"
    )
    sp_same_video_twice: str = choice(
        "refuse", "accept", meaning="two creatives of one ad with the same video or post and identity"
    )
    sp_targeting_update: str = choice(
        "replace", "merge", meaning="targeting_spec in smart_plus/adgroup/update is the whole, or only what changes"
    )
    sp_scalar_update: str = choice(
        "merge",
        "replace",
        meaning="plain values missing from an ad_configuration that is sent: left, or set back to their defaults",
    )
    # 0.1, 2, 3.9: how often one ad may be written.
    sp_ad_gap_seconds: float = seconds("5", "how soon after a write to a Smart+ ad the next is refused with code 41021")
    # 1.2: a bid is the campaign's.
    sp_bid_spreads: bool = flag("on", "a bid changed on one Smart+ ad group is changed on all of its campaign")
    # 1.3: what TikTok does by itself.
    sp_auto_add: bool = flag(
        "off", "an ad with creative_auto_add_toggle gets a creative of TikTok's, which only /ad/get/ shows"
    )
    sp_defaults_allowlisted: bool = flag(
        "off", "creative_auto_add_toggle and the enhancements are on where they were not sent"
    )
    sp_dark_post_default: bool = flag("on", "dark_post_status is ON where it was not sent, otherwise OFF")
    # 1.5: the label for AI under an identity of TikTok.
    sp_aigc_spark: str = choice(
        "ignore", "refuse", "keep", meaning="aigc_disclosure_type of a creative with an identity of TikTok"
    )
    sp_max_creatives: str = choice("50", "31", meaning="creatives a Smart+ ad may hold")
    sp_creative_id: bool = flag("on", "creative_list shows smart_plus_creative_id")
    # 1.2: what `fields` takes.
    sp_adgroup_fields_status: str = choice(
        "refuse", "ok", meaning="operation_status and secondary_status among the fields of smart_plus/adgroup/get"
    )
    # 3.3: what the ad groups of a campaign share.
    sp_agree: str = choice(
        "refuse",
        "rewrite",
        meaning="a Smart+ ad group that disagrees with its campaign's others is refused, or the others follow it",
    )
    # 1.4: status calls about several objects.
    sp_status_partial: str = choice(
        "items", "all_fail", meaning="an object that cannot change fails alone, with code 0, or fails the whole call"
    )
    # 1.5: identities that are no account of TikTok.
    sp_custom_identity: str = choice(
        "refuse", "ok", meaning="CUSTOMIZED_USER in a Smart+ ad that may be shown on TikTok"
    )
    # 0.1: what can be made here.
    sp_objectives: str = choice("three", "with_traffic", meaning="objectives of a new Smart+ campaign")
