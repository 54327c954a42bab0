"""What a message of the API says beyond its code: 40002 stands for nearly everything. *Pure*, data.

Sources: the fact sheets of the Marketing API (0.1, 8c) and of Upgraded Smart+ (2, errors). A phrase is looked for in a
message without regard to case.
"""

from __future__ import annotations

from reconciler.api.returned import RETURNED, Returned

PHRASES: tuple[tuple[str, Returned], ...] = (
    (
        "could not acquire ip",
        Returned(
            "unknown", "unknown", "transient in fact",
            '"Could not acquire IP" comes with the code of a wrong parameter, and goes away by itself.',
            "Run the same command again: the manifest is not wrong, and after a write the account is read first.",
        ),
    ),
    (
        "name already exists",
        Returned(
            "rejected", "rejected", "name taken",
            "Another object of the account has this name, perhaps one that no list shows.",
            "Run `reconciler plan`: it names the object where it is listed, with what to do; or write another name.",
        ),
    ),
    (
        "does not support upgraded smart plus",
        Returned(
            "rejected", "rejected", "of Smart+",
            "The object belongs to an Upgraded Smart+ campaign, which these calls read and never write.",
            "Declare it with `contract: smart_plus`, or remove its manifest, and `reconciler state rm ADDRESS` if it "
            "is bound.",
        ),
    ),
    (
        "allowlist",
        Returned(
            "credentials", "credentials", "not on the allowlist of Smart+",
            "Creates and updates of Smart+ are open to ad accounts on TikTok's allowlist; this one is not among them.",
            "Ask your TikTok representative to add the ad account. Reading and manual campaigns work without.",
        ),
    ),
    (
        "no longer be created",
        Returned(
            "rejected", "rejected", "manual creates have ended",
            "The platform creates no manual campaigns of this kind any more; those that exist stay as they are.",
            "Declare it with `contract: smart_plus`: docs/moving-to-smart-plus.md says how.",
        ),
    ),
    (
        "no longer be extended",
        Returned(
            "rejected", "rejected", "manual creates have ended",
            "The platform adds nothing to manual campaigns any more; what exists stays as it is.",
            "Declare it with `contract: smart_plus`: docs/moving-to-smart-plus.md says how.",
        ),
    ),
)  # fmt: skip
"""Phrase, in small letters → what it means whatever the code."""
TOLD = frozenset({40000, 40001, 40002})
"""The codes whose message decides."""


def meaning(code: int | None, message: str) -> Returned | None:
    """What a code means with its message; None for a code that is not known."""
    if code in TOLD:
        small = message.lower()
        for phrase, one in PHRASES:
            if phrase in small:
                return one
    return RETURNED.get(code) if code is not None else None


def advice(code: int | None, message: str, otherwise: str) -> str:
    """What to do about it, as errors say it; `otherwise` where nothing is known."""
    known = meaning(code, message)
    return known.advice[0].lower() + known.advice[1:].removesuffix(".") if known else otherwise
