"""Codes of what is read: R1xx files, R2xx fields of a manifest, R3xx manifests together, R4xx the workspace."""

from __future__ import annotations

READING: dict[str, tuple[str, str]] = {
    # code: (title, what it means and what to do)
    "R101": ("file is not UTF-8", "Save the file as UTF-8 without a byte order mark of another encoding."),
    "R102": ("not valid YAML", "The parser stopped at this place. Check indentation, colons and quotes."),
    "R103": (
        "duplicate key",
        "YAML would silently take the last one, and a budget could change without notice. Keep one of the two. "
        "Where `kind` comes a second time, `---` is missing between two documents.",
    ),
    "R104": ("YAML tag", "Tags (`!!int`, `!Custom`) are not read. Write the plain value."),
    "R105": ("YAML merge key", "`<<` hides where a value comes from. Write the keys out, or alias one value."),
    "R106": ("too many aliases", "At most 20 aliases (`*name`) are read in one file. Write the values out."),
    "R107": (
        "too many values",
        "At most 50,000 values are read from one file, aliases counted in full. Split the file.",
    ),
    "R108": ("file too large", "At most 1 MiB is read from one file. Split it: any number of files is fine."),
    "R109": ("nested too deeply", "At most 50 levels of nesting are read."),
    "R110": (
        "control or format character",
        "Invisible characters (control, bidirectional, zero-width) can hide what a name or amount is. Remove it.",
    ),
    "R111": ("key is not plain text", "A key must be one word or one quoted text, not a list, a mapping or empty."),
    "R112": ("document is not a mapping", "Every document is a mapping that starts with `kind:`."),
    "R113": (
        "nothing to put in",
        "`${name}` stands for a var of the workspace, an axis of the document's matrix or an input of its module, and "
        "for nothing else: no environment variable can enter a manifest. A literal `${` is written `$${`.",
    ),
    "R114": (
        "access token in a file",
        "The value of the access token is in this file. Remove it, revoke the token and make a new one.",
    ),
    "R115": (
        "path leads out of the workspace, or over a link",
        "Files are read and written inside the workspace folder only, and none is reached through a link: what a link "
        "leads to is neither read, nor shown, nor written. Put the file or folder itself there.",
    ),
    "R116": ("file cannot be read", "Check that the file exists and that you may read it."),
    "R117": (
        "path serves something else",
        "A path has one purpose. What is git's, the tool's own (reconciler.lock, .reconciler, approvals, …) or holds "
        "manifests cannot be the folder of artifacts, the rate window or the place of a result as well.",
    ),
    "R120": ("file name not usable", "The lockfile holds file names as readable UTF-8 text. Rename the file."),
    "R121": (
        "module among the manifests",
        "A folder with a module.yaml is a module: its files are manifests with inputs, read where a Use names them. "
        "Move it out of the folders that `manifests:` names.",
    ),
    "R128": (
        "format would change a file",
        "`fmt` reads what it is about to write and compares: this file would not say the same, so it was left as it "
        "is. It is a bug of `fmt`; please report it with the file.",
    ),
    "R118": ("certificates not usable", "`api.network.ca_bundle` names a file of the workspace in PEM form."),
    "R119": ("login in the proxy's URL", "The file is committed: change the password, write `proxy: {env: NAME}`."),
    "R131": (
        "local file cannot be uploaded",
        "The file that a Video or an Image names is missing, empty, larger than the platform takes or of another kind, "
        "or has another SHA-256 than the manifest says. Its path counts from the workspace's folder.",
    ),
    "R132": (
        "Git LFS pointer",
        "The repository holds the file with Git LFS, and only its pointer is here. Run `git lfs pull`; in a pipeline "
        "let the checkout fetch LFS files.",
    ),
    "R201": ("unknown key", "The key is not known here; a misspelt key would otherwise be ignored in silence."),
    "R202": ("missing key", "The key is required here."),
    "R203": ("text expected", "The value looks like a number, a boolean or nothing. Quote it if text is meant."),
    "R204": ("value not allowed", "Only the listed values are known to the API."),
    "R205": (
        "not an amount of money",
        "Money is a plain decimal: ASCII digits, at most 13 before the point, no sign, exponent, separator or leading "
        "zero, and no more decimals than the currency has.",
    ),
    "R206": ("id must be quoted digits", "Ids have more digits than a number keeps. Write them in quotes."),
    "R207": ("true or false expected", "Only `true` and `false`, unquoted, are booleans."),
    "R208": ("whole number expected", "Write plain digits, within the range named."),
    "R209": ("name not allowed", "A name matches [a-z0-9][a-z0-9-]{0,62} and stays the same for the resource's life."),
    "R210": ("unknown kind", "The kind is not known."),
    "R211": ("text too long or empty", "The text is outside the length the API takes."),
    "R212": ("not a URL", "Write a full URL with https, a host name, and no user name or fragment."),
    "R213": (
        "not possible in this contract",
        "The API contract in use has no call or field for this. The message names the next best step.",
    ),
    "R214": (
        "the other contract's value",
        "Each contract has its own enum values. The message names the one to use here.",
    ),
    "R215": ("wrong shape", "A mapping, a list or a single value is expected here."),
    "R216": (
        "fields that do not go together",
        "The platform refuses this combination. The message names the field and the hint what goes with it.",
    ),
    "R217": ("budget outside the limits", "Every currency has its own least and largest budgets on the platform."),
    "R218": (
        "identity does not work here",
        "New ads on TikTok, automatic placement included, come from a TikTok account. Ads that exist stay as they are.",
    ),
    "R219": (
        "too late",
        "A start may lie 12 hours back when its ad group is made, and is fixed once it has passed.",
    ),
    "R220": (
        "text that may be stored otherwise",
        "The platform may trim or compose the text; the manifest would then differ from the account. Write it plainly.",
    ),
    "R301": ("address declared twice", "Names are unique per kind in a workspace. Rename one of the two."),
    "R302": ("unknown reference", "The manifest refers to a name that no manifest declares."),
    "R303": (
        "same name twice in the account",
        "Two manifests with the same parent would create two objects of the same name; only the name could tell them "
        "apart after a lost reply. Give one another name.",
    ),
    "R304": (
        "no manifests at all",
        "The lockfile is not empty but no manifest was found: everything would be removed. Check `manifests:` and the "
        "folder; to remove the last resource, keep the others or use `state rm`.",
    ),
    "R305": (
        "name not found in the account",
        "Audiences, pixels, apps and identities are named exactly as in the account, by a name that only one has; "
        "`reconciler lookup` lists names and ids. An id in quotes works too.",
    ),
    "R311": (
        "matrix cannot be used",
        "A matrix has axes with values, text, ids or integers, each once; every axis stands in the name; and at most "
        "1,000 documents come of one matrix, and of one Use.",
    ),
    "R312": (
        "module cannot be used",
        "A module is a folder with a module.yaml in the git repository of the workspace, reached over no link; without "
        "a repository it lies in the workspace. A module uses no module.",
    ),
    "R313": (
        "patch or drop without a document",
        "Nothing that the Use makes has this address. `reconciler render` shows what it makes.",
    ),
    "R310": (
        "an object is claimed wrongly",
        "`adopt` and `moved` say which object a manifest stands for, and one object is of one manifest. `moved` names "
        "what is no longer declared; both may be taken out once an apply has done what they say.",
    ),
    "R401": (
        "no workspace file",
        "Run the command in a folder with a reconciler.yaml or below one, or name it with -C DIR. The search upward "
        "ends at the top of the git repository, at the border of the file system, and at a folder of another user.",
    ),
    "R402": (
        "API host not allowed",
        "The token is sent only to TikTok's production and sandbox hosts over https, or to loopback. Any other host "
        "needs --dangerous-api-host HOST.",
    ),
    "R403": (
        "setting allowed on loopback only",
        "Limits above the documented ones, and waits below the safe ones, are for tests against the simulator.",
    ),
    "R404": (
        "folder or file not usable",
        "The path named in the workspace file or on the command line cannot be used.",
    ),
    "R405": (
        "not a rate window",
        "The file that `api.rate_window` names holds something else, so it is never written to. Name another file; one "
        "that was a rate window, and is damaged or of another version, may be removed a minute after the last run.",
    ),
    "R406": (
        "another account",
        "The account has another currency or time zone than reconciler.yaml says, or no such account is shown to this "
        "token: every amount and time would mean something else. Correct `account:`.",
    ),
    "R407": (
        "account cannot serve",
        "The account's status is not STATUS_ENABLE, so nothing in it would be delivered. See Ads Manager.",
    ),
    "R408": (
        "time zone not known",
        "A freeze, a number of refresh tasks a day or month, and the days of figures count by the account's clock, and "
        "neither `account.timezone` nor the API tells which one that is. Set `account.timezone`.",
    ),
    "R412": (
        "account of no group or ring",
        "No group of fleet.yaml matches the labels of the account, so it has no token and no guard rails; or no ring "
        "does, so nothing says when it is applied.",
    ),
    "R413": (
        "no such account, ring, run or commit",
        "The fleet has no account, no ring or no run of that name: `fleet list` and `fleet runs` show them. Or git "
        "does not know the commit.",
    ),
    "R414": (
        "run past the limits of the fleet",
        "The run would touch more accounts, or make more changes, than `limits:` of fleet.yaml allow. Nothing was "
        "sent. Select fewer accounts, or allow it once with --allow-limit NAME=NUMBER and a reason.",
    ),
    "R415": (
        "account not begun",
        "Too much had failed before it: a token that was refused for its group, or as many accounts as "
        "`limits.failures` or `limits.failed_percent` allow.",
    ),
    "R416": (
        "account held for another ring",
        "The ring before its own has not ended as `when` of fleet.yaml asks, or its `soak` is not over. Nothing was "
        "sent in the account. Apply again once that ring is well and the time has passed.",
    ),
    "R417": (
        "account not approved",
        "Its group has `approvals:` in fleet.yaml, and its plan has too few that still count, or somebody rejected it. "
        "Nothing was sent in the account. Approve with `fleet approve`, then apply the same plan.",
    ),
    "R418": (
        "not among the approvers",
        "`approvals.by` of the account's group names who may approve, and this is none of them; or they wrote the "
        "commit, and two or more approvals are required; or `--by` names another than who started the job. Their "
        "own rejection they may take back: `fleet approve` on what they rejected does, and approves nothing.",
    ),
    "R419": (
        "approvals cannot be trusted",
        "The fleet's record of approvals was changed or damaged: a line, or a row of fleet_approval, does not follow "
        "on the one before it. Bring the record back from a copy, or set it aside and approve again.",
    ),
    "R420": (
        "worker without its queue",
        "PostgreSQL was away, or the worker stood still for so long that the queue has forgotten it. The worker ends; "
        "what it had begun, others go on with. A supervisor that starts it again is all it needs: "
        "docs/fleet-workers.md.",
    ),
    "R421": (
        "account left alone by workers",
        "Two workers have died while they were at this account and at nothing else, so it is not begun again by "
        "itself. See what they printed last: if only R420, they did not reach PostgreSQL, and the account is innocent. "
        "Then `fleet retry RUN --failed`.",
    ),
    "R422": (
        "a bug in one account",
        "reconciler failed in a way that it should not, in this account alone. The output of the worker says where. "
        "Please report it; the next run settles what was open.",
    ),
    "R411": ("vars in a circle", "A var may name other vars, but none that leads back to it."),
}
