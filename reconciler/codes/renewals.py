"""Codes of renewing: policies, Renewals, and what a plan makes of them."""

from __future__ import annotations

RENEWALS: dict[str, tuple[str, str]] = {
    # code: (title, what it means and what to do)
    "R221": (
        "policy that may surprise",
        "A `spec.renew` that does what it says, but hardly what is meant: nobody would look before an ad changes, a "
        "holiday is over or begins too late, two overlap, or no figures can speak. The message says which.",
    ),
    "R314": (
        "two Renewals of one step or date",
        "Two branches have decided the same, and git has put both side by side. Keep one file and delete the other.",
    ),
    "R315": (
        "Renewal in the wrong place",
        "A Renewal lies in renewals/NAME/DATE.yaml, NAME being the refresh it is about. Move it.",
    ),
    "R518": (
        "Renewals not on their branch",
        "`renew --ci` keeps what is due on a branch of its own, for a pull request. The message says why that failed; "
        "nothing was sent to the platform.",
    ),
    "R741": (
        "Renewal is stale",
        "It was decided on other variants than those that run now, and has not been applied: the manifest has changed, "
        "or another step came first. Delete it and run `reconciler renew` again.",
    ),
    "R742": (
        "Renewal was edited",
        "Its figures, computed again, do not give the verdict it claims, or its hash is another. Take the file back "
        "from version control, or delete it and run `reconciler renew` again.",
    ),
    "R743": (
        "Renewal of another account",
        "Its figures are those of another ad account, or in another currency or time zone. Delete it.",
    ),
    "R744": (
        "Renewal by another rule",
        "It was made by a version of the rule that this version of reconciler cannot compute again. Use the version "
        "that made it, or delete it and run `reconciler renew` again.",
    ),
    "R745": (
        "no such step",
        "The Renewal counts a step that `spec.renew` of its refresh does not have. Add the hook to `next`, or delete "
        "the Renewal.",
    ),
}
