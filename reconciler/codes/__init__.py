"""Every code a finding can carry, with what `reconciler explain CODE` says about it.

R1xx reading files · R2xx fields of a manifest · R3xx manifests together · R4xx the workspace file · R5xx lockfile,
journal and lock · R6xx the API · R7xx rows of a plan that are blocked or failed · R8xx guard rails and approval ·
R9xx the command line. A code is never reused for another meaning.
"""

from __future__ import annotations

from reconciler.codes.guards import GUARDS
from reconciler.codes.reading import READING
from reconciler.codes.renewals import RENEWALS
from reconciler.codes.state import STATE

_BY_TOPIC: dict[str, tuple[str, str]] = {
    # code: (title, what it means and what to do)
    **READING,
    **RENEWALS,
    **STATE,
    "R601": (
        "no access token that can be used",
        "Set TIKTOK_ACCESS_TOKEN, or TIKTOK_ACCESS_TOKEN_FILE to the name of a file that holds it. TikTok's tokens are "
        "longer than 16 characters; a shorter one might be a common word and goes to the simulator only.",
    ),
    "R602": ("the API refused the credentials", "Check the token, its scopes, and that it may manage this advertiser."),
    "R603": (
        "the API cannot be reached",
        "The message tells what was tried; `api.network` sets proxy and certificates.",
    ),
    "R604": ("no usable answer", "The answer was cut, was not JSON, or not the documented envelope."),
    "R605": (
        "incomplete listing",
        "The pages of a listing did not add up, so absence cannot be told from a fault. Nothing was decided on it.",
    ),
    "R606": ("the API refused the request", "The message is the API's own. Nothing was changed by this request."),
    "R607": ("throttled", "The API kept answering that calls come too fast. Wait a few minutes, then run again."),
    "R620": (
        "not in this contract's reports",
        "The API contract in use has no such report type, data level or parameter. The message lists what there is.",
    ),
    "R621": (
        "report options do not go together",
        "Nothing was sent: the API would refuse this report, or answer another question than yours.",
    ),
    "R622": (
        "span of a report",
        "A report needs two dates, YYYY-MM-DD, the first not after the last. In production one report spans at most 30 "
        "days with stat_time_day, one day with stat_time_hour, and 365 days otherwise; one of creatives at most seven "
        "days with stat_time_hour, and 365 otherwise.",
    ),
    "R701": (
        "twin",
        "An object of this name already exists under the same parent and is not in the lockfile. Take it over with "
        "`adopt: ID` in the manifest or `reconciler adopt ADDRESS ID`, or give the manifest another API name.",
    ),
    "R702": (
        "vanished",
        "The lockfile knows the object, but two complete listings do not show it: somebody deleted it. Make it anew "
        "with `--recreate ADDRESS`, or remove the manifest.",
    ),
    "R703": (
        "open intent",
        "An earlier write to this address has no known outcome yet. Nothing is sent until it is known; run "
        "`reconciler apply` again after the quiet period. `reconciler status` shows what is open.",
    ),
    "R704": (
        "replacement needed",
        "The field cannot be changed after creation. Replacing loses history and learning, so it never happens by "
        "itself. Take the edit back, or declare a new resource under another name and remove this one.",
    ),
    "R705": (
        "not possible in this contract",
        "The API contract in use has no call for this change. The row names the next best step.",
    ),
    "R706": (
        "protected",
        "`lifecycle.protect` is remembered in the lockfile and outlives the manifest. Put the manifest back with "
        "`protect: false`, apply, then remove it.",
    ),
    "R707": ("depends on another row", "What this row needs was blocked, failed or skipped, so it was not sent."),
    "R708": (
        "changed since the plan",
        "The live object is no longer what the plan saw, so the write was not sent. Run plan again.",
    ),
    "R709": (
        "outcome unknown",
        "The write was sent and no usable answer came back: it may or may not have been done. Run `reconciler apply` "
        "again; nothing is ever sent twice on faith.",
    ),
    "R710": (
        "stopped",
        "The run ended before this row's turn, or an outcome must be known before it. Run `reconciler apply` again.",
    ),
    "R711": (
        "created, id not listed yet",
        "The API accepted the create but its list does not show the object yet. Run `reconciler apply` again.",
    ),
    "R712": (
        "not what was sent",
        "Reading back after the write shows another value than the one sent. Look at the object before going on.",
    ),
    "R713": (
        "not the object the lockfile says",
        "The live object under the recorded id belongs to another parent. The lockfile was edited or merged wrongly; "
        "restore it, or `reconciler state rm ADDRESS` and adopt the right object.",
    ),
    "R714": (
        "variant expired",
        "The preview of a generated video lives six hours, and this one died before it was downloaded. Only a new task "
        "makes it again, and that is paid: raise `revision`.",
    ),
    "R715": (
        "failed twice",
        "Two tasks for the same slot have failed. It is not asked a third time; change the inputs or raise `revision`.",
    ),
    "R716": (
        "task failed",
        "The platform could not make this variant. The next plan asks for it once more; one of a submit of four is "
        "never asked for alone: raise `revision`, or `reconciler recover --resubmit ADDRESS`.",
    ),
    "R717": (
        "artifact refused",
        "What the preview host sent is not a whole video (cut, empty, too large, or not MP4), so it was not kept. Run "
        "again while the preview lives.",
    ),
    "R718": (
        "videos nobody claims",
        "This machine's journal or its end was lost, and the account shows refreshed videos of the last day that the "
        "lockfile does not know. One may be what a lost submit made, so nothing is submitted until each is ignored.",
    ),
    "R719": ("upload lost", "Every reply to the upload was lost. Uploading is free, so it is simply sent again."),
    "R720": (
        "variant not approved",
        "The refresh asks for approval: look at `reconciler gallery`, then `reconciler approve ADDRESS VARIANT`.",
    ),
    "R721": (
        "variant rejected",
        "Somebody has rejected this variant, so no ad may show it. Approve it, name another one, or raise `revision`.",
    ),
    "R722": (
        "made by Smart+",
        "Smart+ manages this object with calls of its own. It is shown as unmanaged here and never written.",
    ),
    "R723": (
        "variant's file is missing",
        "The file that was downloaded is not in the artifacts folder, or is another one, and no other place has it. "
        "Bring it back: its SHA-256 is in the lockfile.",
    ),
    "R724": ("video not ready", "The platform is still transcoding the video. Run `reconciler apply` again later."),
    "R725": ("ended for good", "FROZEN is final: nothing enables it again. `--replace ADDRESS` makes a new object."),
    "R726": (
        "address renamed",
        "An address that is gone and a new one mean the same live object. Nothing is paused and nothing made: say with "
        "`moved: {from: OLD}` or `reconciler state mv OLD NEW` that it is the same, or give the new one another name.",
    ),
    "R727": (
        "names in a circle",
        "Objects are to swap names, and no name becomes free first. Give one of them a third name, apply, and then the "
        "names they are to have.",
    ),
    "R728": (
        "manual creates have ended",
        "Since 2027-01-01 the platform creates such campaigns by Smart+ alone. Declare it with `contract: smart_plus`; "
        "what exists stays as it is, and can be changed, paused and removed. See docs/moving-to-smart-plus.md.",
    ),
    "R729": (
        "variants cannot be kept elsewhere",
        "The place where all machines find variants, a bucket or refs of the remote, gave no usable answer. A variant "
        "that is made counts as kept only once it lies there: run again while its preview lives.",
    ),
    "R730": (
        "kept variant is damaged",
        "What lies there under a variant's SHA-256 is something else, so it was not used. Take it away, and bring the "
        "right file back to the artifacts folder: the next apply puts it there again.",
    ),
    "R740": (
        "live value not written into the manifest",
        "`drift --accept` changes one line of one document, and only where nothing else then says something else. The "
        "message names the place: write the value there by hand, or let `reconciler apply` put the old one back.",
    ),
    "R801": (
        "max_daily_spend",
        "The worst case a day of all ENABLED campaigns would rise above `guardrails.max_daily_spend`, or no limit is "
        "set. Set or raise the limit in reconciler.yaml, or allow this one with "
        "`--allow max_daily_spend=ADDRESS --reason TEXT`.",
    ),
    "R802": (
        "approval needed",
        "Without a terminal an apply needs its approval on the command line: --auto-approve, a saved plan, or "
        "--expect-digest.",
    ),
    "R803": ("plan changed", "The digest of the plan is not the one that was approved. Look at the new plan."),
    "R804": (
        "consent missing",
        "Assets are uploaded only after somebody who may do so has accepted the platform's notice. Run "
        "`reconciler consent` and commit consent.yaml.",
    ),
    "R805": ("no such variant", "`reconciler variants` shows what there is to decide on."),
    "R806": (
        "not a saved plan",
        "The file is not what `reconciler plan --out` wrote: it is something else, it was changed, or it is damaged. "
        "Make the plan again. A file of a later version needs that version.",
    ),
    "R807": (
        "plan not saved",
        "A plan is not written into .reconciler or .git, among manifests, through a link, or over a file that is not a "
        "saved plan. Name another file.",
    ),
    "R808": (
        "plan of another workspace",
        "The saved plan belongs to another account, another contract or another lockfile's lineage. Apply it where it "
        "was made, or make a plan here.",
    ),
    "R809": (
        "lockfile changed since the plan",
        "A saved plan is bound to the serial of the lockfile it was made with, and a run has saved the lockfile since. "
        "Make the plan again.",
    ),
    "R810": (
        "manifests changed since the plan",
        "A saved plan is bound to what the manifests declared when it was made. Make the plan again.",
    ),
    "R811": ("plan too old", "A saved plan lives `guardrails.plan_hours` (24). Make the plan again."),
    "R812": (
        "plan was used",
        "A saved plan is applied once, even if that apply did not come to its end. Make the plan again.",
    ),
    "R814": (
        "reviewed plan is refused",
        "The plan broke a guard rail when it was shown. It is never applied, whoever merged it and whatever the rails "
        "say by now. Raise the rail in a change of its own, then review a new plan.",
    ),
    "R813": (
        "implausible listing",
        "A listing lost more than half of the bound objects of a kind, and more than two: no evidence that they are "
        "gone. Nothing of that kind, or below it, is removed, forgotten or made anew, and nothing raises what can be "
        "spent, until the listing is back, or until "
        "`--allow vanished_share=KIND --reason TEXT`.",
    ),
    "R820": (
        "not a job of this service",
        "--ci github and --ci gitlab read what the runner tells in its environment. Leave it out elsewhere.",
    ),
    "R821": (
        "GitHub or GitLab refused the token",
        "It may not do this. On GitHub give the job the permission that the message names, and the step GITHUB_TOKEN. "
        "On GitLab set the variable GITLAB_TOKEN: a job's own token may write neither notes nor issues.",
    ),
    "R822": (
        "no usable answer from GitHub or GitLab",
        "Its API failed or did not answer. Nothing of the account changed.",
    ),
    "R823": (
        "nothing was reviewed",
        "In a workflow an apply does what was reviewed in a pull request. There is no plan of a merged pull request "
        "for this commit; open one, or run ads apply with the digest that was reviewed as expect_digest.",
    ),
    "R824": (
        "reviewed plan cannot be read",
        "The artifact of the pull request's plan run is damaged or is not a saved plan of this account.",
    ),
    "R825": ("interrupted", "The job was cancelled or the runner stopped. Run it again."),
    "R826": (
        "comment of a newer commit",
        "The job is of a commit that is no longer the pull request's newest one: its plan is in its own summary, and "
        "the comment stays with the newest commit.",
    ),
    **GUARDS,
    "R901": ("usage", "See `reconciler COMMAND --help`."),
    "R902": ("nothing matches", "No address or label matches what the option names."),
    "R903": (
        "nothing to draw",
        "A chart shows one metric over time: it needs the dimension stat_time_day or stat_time_hour, and a metric that "
        "is a number.",
    ),
    "R904": (
        "nothing was checked",
        "The check needs what an earlier one found wrong, or a call that this contract does not have.",
    ),
    "R905": ("the server disagrees", "What reconciler.yaml says is not what the account or the server shows."),
    "R906": (
        "record of runs is damaged",
        "A journal holds a record that does not fit into its chain of hashes: it was cut, altered or moved. Keep the "
        "files, and restore them from a copy. `history` shows what comes before it.",
    ),
    "R907": (
        "records of runs are missing",
        "A journal does not go on where the one before it ends. A file was removed, replaced or cut. Restore "
        "`.reconciler/journal-N.jsonl` from a copy.",
    ),
    "R908": (
        "unknown address",
        "No manifest declares it, or nothing was ever recorded of it. `reconciler state list` shows what the lockfile "
        "holds.",
    ),
    "R999": ("a bug", "Please report it with the file named in the message; it holds no secrets."),
}

CODES: dict[str, tuple[str, str]] = dict(sorted(_BY_TOPIC.items()))
"""In groups, each in the order of its topics."""

HINTS: dict[str, str] = {
    # code: the next step, where it is the same whatever else is known
    "R602": "check the access token and its permissions, then run again",
    "R603": "nothing was sent for it; run `reconciler apply` again",
    "R606": "correct what the message names, then run again",
    "R607": "wait a few minutes, then run `reconciler apply` again",
    "R703": "`reconciler recover` shows what it may have made",
    "R707": "settle that first, then run `reconciler apply` again",
    "R708": "run `reconciler plan` again and review what changed",
    "R709": "run `reconciler apply` again after the quiet period; nothing is sent twice on faith",
    "R710": "run `reconciler apply` again",
    "R711": "run `reconciler apply` again: it is looked for first",
    "R712": "look at the object, then run `reconciler plan`",
    "R714": "raise `revision`, or `reconciler recover --resubmit ADDRESS`",
    "R717": "run `reconciler advance` again soon",
    "R729": "run `reconciler advance` again soon",
    "R718": "say which are not yours with `reconciler recover --ignore-video ID`",
    "R719": "run `reconciler apply` again: an upload is free",
    "R801": "run `reconciler plan` again",
}
