"""Every return code of the API that is known: what it means for a write, for a read, and for a person. *Pure*, data.

Sources: the platform's published return codes, and what others have seen it answer. Two verdicts a code, because a
read may be asked again where a write must not be sent again:

    done          carried out
    rejected      looked at and refused; nothing was done; a read is not asked again
    throttled     not even looked at: calls come too fast; sent again after a pause
    credentials   token, permission or account; the run ends
    unknown       a write may or may not have been done; a read is asked again a few times

A code that is not listed is `unknown` both ways.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

Verdict = Literal["done", "rejected", "throttled", "credentials", "unknown"]


class Returned(NamedTuple):
    """One code, or several of one meaning."""

    write: Verdict
    read: Verdict
    title: str
    means: str
    advice: str
    """What to do."""


_MANIFEST = "Correct the manifest, the option or the setting that the API's own message names."
_RENEW = "Check the access token; a new one comes from the developer portal."
_APP = "Check the developer app in the developer portal: its state, its permissions, and that this token is its own."
_SCOPE = "Give the developer app the permission, then let the advertiser authorise it again for a new token."
_WAIT = "Wait, then run the same command again. All programs of one developer app share its limits."
_AGAIN = (
    "Run the same command again. After a write nothing is sent twice: the account is read first. If it stays, give the "
    "request_id to the API's support."
)
_FILE = "Check the file or URL that is named: whether it can be fetched, what it holds, its size and length."
_BUG = "This is a fault of this tool or of the API. Report it with the request_id."

SEEN, PARTIAL, NOT_ALLOWED = 40050, 20001, 40118
"""The API has had this request already; some items of a call were done, some were not; not on an allow list."""
NO_UPDATE = 40012
"""An update that would change nothing."""

_TABLE: tuple[tuple[Iterable[int], Returned], ...] = (
    ((0,), Returned("done", "done", "done", "The call was carried out.", "Nothing.")),
    (
        (PARTIAL,),
        Returned(
            "unknown", "rejected", "partly done",
            "Some of the items of the call were done and some were not; the reply lists them one by one.",
            "Run `reconciler plan`: the account is read again, and what is still missing is a row.",
        ),
    ),
    (
        (40000,),
        Returned(
            "rejected", "rejected", "invalid parameters",
            "A parameter is wrong. The same code is seen when token and developer app do not belong together.",
            f"{_MANIFEST} If the message speaks of the token: {_RENEW}",
        ),
    ),
    (
        (40001,),
        Returned(
            "credentials", "credentials", "no permission",
            "On this API a permission error, not one of parameters: the token may not use this advertiser or this "
            "call, or the advertiser does not exist.",
            f"Check `account.advertiser_id`. {_SCOPE}",
        ),
    ),
    (
        (40002,),
        Returned(
            "rejected", "rejected", "parameter error",
            "The everyday refusal: a field is missing, has a wrong value, or breaks a rule. The message names it; some "
            "messages mean something else, such as a name that is taken.",
            _MANIFEST,
        ),
    ),
    ((40003,), Returned("credentials", "credentials", "forbidden", "The call is not allowed for this token.", _SCOPE)),
    (
        (40006, 40051),
        Returned("rejected", "rejected", "API version", "The version of the API in the URL is not served.", _BUG),
    ),
    (
        (40007,),
        Returned(
            "rejected", "rejected", "no such object", "The object named by its id does not exist, or not here.",
            "Run `reconciler plan`: it shows what has vanished, and what to do.",
        ),
    ),
    ((40008,), Returned("rejected", "rejected", "not implemented", "The call is not served.", _BUG)),
    (
        (40009,),
        Returned(
            "rejected", "rejected", "not in the sandbox", "The sandbox does not serve this call.",
            "Use the production host for it.",
        ),
    ),
    (
        (40010,),
        Returned(
            "credentials", "credentials", "wrong host", "The token belongs to the other host.",
            "Check `api.base_url`: a sandbox token works with the sandbox host only, and the other way round.",
        ),
    ),
    (
        (40011,),
        Returned("rejected", "rejected", "too many ids", "The call names more ids than it takes.", _BUG),
    ),
    (
        (NO_UPDATE,),
        Returned(
            "unknown", "rejected", "nothing to update",
            "The update would change nothing: the object is already as it was asked for. That is believed only after "
            "reading it back.",
            "Run the same command again.",
        ),
    ),
    (
        (40013, 40014),
        Returned(
            "credentials", "credentials", "no sandbox account",
            "The sandbox has no such ad account, or the token belongs to the other host.",
            "Check `api.base_url` and `account.advertiser_id`; a sandbox account is made in the developer portal.",
        ),
    ),
    (
        (40016, 41021),
        Returned(
            "throttled", "throttled", "too frequent",
            "Too many calls of this kind in a short time; a Smart+ ad is written once in five seconds.", _WAIT,
        ),
    ),
    (
        (SEEN,),
        Returned(
            "unknown", "rejected", "duplicate request",
            "The API has seen this request, or its request_id: the first one may have been done.", _AGAIN,
        ),
    ),
    (
        (40052,),
        Returned("rejected", "rejected", "exists already", "The ad group already has an automated ad.", _MANIFEST),
    ),
    (
        (40053,),
        Returned(
            "rejected", "rejected", "bad video id", "The video id cannot be used here.",
            "Ads take videos of the asset library, refresh tasks those of the stock library.",
        ),
    ),
    (
        (40061, 40062, 40063),
        Returned(
            "rejected", "rejected", "refused data", "The batch, personal data or partner of the call was refused.",
            _MANIFEST,
        ),
    ),
    (
        (40065,),
        Returned(
            "rejected", "rejected", "age groups", "People of 13 to 17 may not be targeted in the United States.",
            "Take AGE_13_17 out of `age_groups`, or the United States out of the places.",
        ),
    ),
    (
        (40100,),
        Returned(
            "throttled", "throttled", "app throttled",
            "The developer app has used up its calls of this second, minute or day. A full minute needs a pause of "
            "five minutes, a full day one until 00:00 UTC.",
            f"{_WAIT} `reconciler doctor` shows the limits in force.",
        ),
    ),
    ((40102,), Returned("credentials", "credentials", "token expired", "The access token has expired.", _RENEW)),
    (
        (40104,),
        Returned(
            "credentials", "credentials", "no token", "The call carried no access token.",
            "Set TIKTOK_ACCESS_TOKEN, or TIKTOK_ACCESS_TOKEN_FILE to the name of a file that holds it.",
        ),
    ),
    (
        (40105,),
        Returned(
            "credentials", "credentials", "invalid token",
            "The access token is not known: mistyped, revoked, or of the other host (production and sandbox).", _RENEW,
        ),
    ),
    (
        (40110,),
        Returned(
            "credentials", "credentials", "bad authorisation code",
            "The code that is exchanged for a token is wrong, used or older than an hour.",
            "Authorise the app again and exchange the new code at once.",
        ),
    ),
    (
        (40113,),
        Returned("credentials", "credentials", "app blocked", "The developer app is blocked or not known.", _APP),
    ),
    (
        (40117,),
        Returned("credentials", "credentials", "call not allowed", "The app may not use this call.", _SCOPE),
    ),
    (
        (NOT_ALLOWED,),
        Returned(
            "credentials", "credentials", "not on the allow list",
            "The call is open to invited developer apps or ad accounts only, and this one is not among them: creates "
            "and updates of Smart+ need an ad account on the allowlist.",
            "Ask your TikTok representative. Generated variants also need the permission "
            "Generative AI Tool > Video Generation.",
        ),
    ),
    (
        (40119,),
        Returned(
            "credentials", "credentials", "another company", "App, token and advertiser belong to different companies.",
            _APP,
        ),
    ),
    (
        (40101, 40103, *range(40106, 40110), 40112, *range(40114, 40117)),
        Returned("credentials", "credentials", "authentication", "Token or developer app was refused.", _RENEW),
    ),
    (
        (40124, 40125, 40130, 40131),
        Returned(
            "credentials", "credentials", "no scope",
            "The developer app is not approved, or lacks the permission for this call.", _SCOPE,
        ),
    ),
    (
        (40132,),
        Returned(
            "throttled", "throttled", "too frequent for one value",
            "Too many calls with the same value of a field in a short time.", _WAIT,
        ),
    ),
    (
        (40133,),
        Returned(
            "throttled", "throttled", "advertiser throttled",
            "Too many calls for this one advertiser, by all apps: it passes by itself.",
            _WAIT,
        ),
    ),
    ((40200,), Returned("rejected", "unknown", "task error", "A task of the platform has failed.", _AGAIN)),
    (
        (40201,),
        Returned("rejected", "unknown", "task not ready", "The task is not done yet.", "Run again a little later."),
    ),
    (
        (40202,),
        Returned(
            "unknown", "unknown", "write conflict", "Somebody else was changing the same object at that moment.",
            _AGAIN,
        ),
    ),
    (
        (40300, 40301, 40302),
        Returned(
            "rejected", "rejected", "advertiser", "The advertiser does not exist, or is not the one of the object.",
            "Check `account.advertiser_id`.",
        ),
    ),
    ((40309,), Returned("rejected", "rejected", "login", "The login behind the token was refused.", _RENEW)),
    ((40400,), Returned("rejected", "rejected", "no such call", "The API has no call of this path.", _BUG)),
    (
        (40502,),
        Returned(
            "rejected", "rejected", "too many ads", "The largest number of ads is reached.",
            "Remove ads of this ad group, or spread them over several.",
        ),
    ),
    (
        (40700,),
        Returned(
            "unknown", "unknown", "internal validation",
            "A check inside the platform failed. Often the parameters are wrong, sometimes it passes.",
            f"Run again; if it stays: {_MANIFEST}",
        ),
    ),
    (
        (40900,),
        Returned("rejected", "rejected", "MD5 mismatch", "The file that arrived is not the one that was announced.",
                 "Run again: the file is sent anew."),
    ),
    (
        (40901,),
        Returned(
            "rejected", "unknown", "video in transcoding",
            "The video was uploaded and is not ready for use yet; that takes seconds to minutes.",
            "Run again a little later.",
        ),
    ),
    (
        (40902, 40903, 40913),
        Returned(
            "rejected", "unknown", "URL not fetched",
            "The platform could not fetch the URL in time. It gives up after ten seconds: better within 10 MB.",
            "Check that the URL is public and fast, then run again.",
        ),
    ),
    (
        (40904, 40916),
        Returned("rejected", "rejected", "content refused", "The content of the file is not allowed.",
                 "Use another file."),
    ),
    (
        (*range(40905, 40911), 40912, 40914, 40915),
        Returned("rejected", "rejected", "file refused", "The file cannot be used: its type, size or length.", _FILE),
    ),
    (
        (40911,),
        Returned(
            "rejected", "rejected", "file name taken", "The advertiser has a file of this name already.",
            "Rename the file.",
        ),
    ),
    (
        (41000,),
        Returned(
            "credentials", "credentials", "address blocked", "The API refuses the IP address the call came from.",
            "Check the list of addresses in the developer portal, and from where the command runs.",
        ),
    ),
    (
        (41001, 41002),
        Returned("rejected", "rejected", "taken offline", "The call, or a field of it, is no longer served.",
                 "Look for a newer version of reconciler."),
    ),
    (
        range(50000, 51000),
        Returned(
            "unknown", "unknown", "system error",
            "Something failed inside the platform, mostly for a moment. 50002 often hides a reason in its message.",
            _AGAIN,
        ),
    ),
    (
        range(51000, 52000),
        Returned("unknown", "unknown", "service failed", "A service behind the API failed or took too long.", _AGAIN),
    ),
    (
        (*range(52000, 52004), *range(52100, 52104), *range(52201, 52205)),
        Returned("unknown", "unknown", "storage failed", "A database or file store behind the API failed.", _AGAIN),
    ),
    (
        (53102, 53103),
        Returned(
            "unknown", "rejected", "not (de)serialised",
            "Data could not be read or written as JSON: those of the call, or, after a write was done, those of the "
            "reply.",
            _BUG,
        ),
    ),
    (
        (60001,),
        Returned("unknown", "unknown", "maintenance", "The API is being maintained.", "Run again in some minutes."),
    ),
    (
        (61000,),
        Returned(
            "throttled", "throttled", "kept out", "Far too many calls: the app is kept out for a while.",
            "Wait for some hours, then run again, and look for another program of the same developer app.",
        ),
    ),
    (
        (70001,),
        Returned("credentials", "credentials", "kind of authorisation", "The token is not of the right kind.", _RENEW),
    ),
)  # fmt: skip

RETURNED: Mapping[int, Returned] = {code: one for codes, one in _TABLE for code in codes}


def groups() -> list[tuple[str, Returned]]:
    """The table for people: `40101, 40103, 40106–40109` → what they mean."""
    return [(_ranges(sorted(codes)), one) for codes, one in _TABLE]


def _ranges(codes: list[int]) -> str:
    parts: list[list[int]] = []
    for code in codes:
        if parts and code == parts[-1][-1] + 1:
            parts[-1].append(code)
        else:
            parts.append([code])
    return ", ".join(str(part[0]) if len(part) == 1 else f"{part[0]}–{part[-1]}" for part in parts)
