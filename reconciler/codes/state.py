"""Codes of lockfile, journal, lock, and of where they lie."""

from __future__ import annotations

STATE: dict[str, tuple[str, str]] = {
    # code: (title, what it means and what to do)
    "R501": (
        "lockfile cannot be used",
        "Restore reconciler.lock from version control; it is never repaired silently. Where only its checksum differs "
        "and the edit is meant, take the line `checksum` out: the next save adds it.",
    ),
    "R502": (
        "journal cannot be used",
        "A whole record is damaged, or records are missing. Keep the file and restore it from a copy: what it says may "
        "have been sent, and to forget it could be to pay twice.",
    ),
    "R503": ("workspace is locked", "Another run is writing. Wait for it; the lock goes away with its process."),
    "R504": ("written by a newer version", "Install the version of reconciler that wrote it, or a later one."),
    "R505": ("address not in the lockfile", "`reconciler state list` shows what the lockfile holds."),
    "R506": (
        "file of the workspace not usable",
        "The disk is full, permissions are missing, or something else stands where the file belongs. Nothing more was "
        "sent.",
    ),
    "R507": (
        "the lockfile belongs to another account",
        "The workspace pins one advertiser. Use one workspace per ad account, or restore the advertiser_id.",
    ),
    "R508": ("state command not possible", "The message says what stands in the way."),
    "R509": (
        "state is locked",
        "Another run holds the lock of the shared state; the message says who, since when, and where. On a branch "
        "nothing takes it away; in a bucket or a database it has a lease. If that run is gone for good, "
        "`reconciler state unlock ID` releases it.",
    ),
    "R510": (
        "git cannot be used",
        "Backend git needs git 2.31 or later, a workspace inside a git work tree, and the remote that `state.remote` "
        "names.",
    ),
    "R511": (
        "shared state cannot be reached",
        "The remote, the bucket or the database gave no usable answer. Nothing more was sent; what was done is in the "
        "journal here, or is found again in the account by the next run.",
    ),
    "R512": (
        "shared state cannot be used",
        "The remote, the bucket or the database refused. A branch: let the workflow's token write contents, and leave "
        "the state branch out of rules that want pull requests. A bucket: the credentials of the environment must be "
        "able to read, write, list and delete below the URL. A database: the role must be a member of fleet_worker.",
    ),
    "R513": (
        "lock was lost",
        "Somebody else wrote to this workspace's folder of the shared state, released the lock, or took it over after "
        "its lease, while this run held it. The run stopped at once; run `reconciler apply` again when no other run is "
        "left.",
    ),
    "R514": (
        "shared state holds something else",
        "This workspace's folder on the state branch, in the bucket or in the database holds something that reconciler "
        "did not write. Revert that change: from the branch's history, the versions of the bucket, or a backup.",
    ),
    "R515": (
        "journal would be lost",
        "CI is set and the journal lies in a folder that goes with the machine. Use `state: {backend: git}`, a bucket "
        "or PostgreSQL, or say --allow-ephemeral-journal where the folder is kept between runs.",
    ),
    "R516": (
        "lockfile not committed",
        "The apply is done and recorded; only the copy of reconciler.lock could not be brought back with --commit. "
        "The message says why.",
    ),
    "R517": ("file or folder cannot be used", "It was deleted or moved, is read-only, or the disk is full."),
    "R519": (
        "file of an interrupted pull was changed",
        "`reconciler pull` ended before it had bound what it wrote, and runs again from the start. It changes no file "
        "that somebody else has changed: move that one away, pull again, and put your edit into the new file.",
    ),
    "R520": (
        "package for buckets is missing",
        "The workspace names a bucket, and the package that talks to buckets is an extra: "
        '`pip install "ads-reconciler[buckets]"`.',
    ),
    "R521": (
        "bucket cannot be opened",
        "What the environment says of the provider cannot be: an address, a region or a file of credentials. Nothing "
        "was asked yet. See docs/buckets.md.",
    ),
    "R522": (
        "database cannot be opened",
        "State, limits or queue lie in PostgreSQL, and its address cannot be used: the variable of it is empty, "
        'the packages are missing (`pip install "ads-reconciler[fleet]"`), or the address leads off this machine '
        "without `sslmode=verify-full`. Nothing was asked yet.",
    ),
    "R523": (
        "database has not the tables",
        "`reconciler fleet migrate` makes the tables in PostgreSQL, or brings those of an earlier version up to "
        "this one.",
    ),
    "R524": (
        "too late to send",
        "Between the last look at the shared state and the sending of a write several seconds passed, several times in "
        "a row, so that another run may have taken over: it took so long to connect to the API, or this process or "
        "machine stood still. Those writes were not sent.",
    ),
}
