"""The workspace that a folder lies in: the nearest `reconciler.yaml` above it, found as git finds its repository.

The search looks at no folder above the top of the git repository that it starts in, none on another file system, and
takes none of another user: whoever may write to /tmp must not choose the account and the host of somebody's run. The
folder that it starts in was chosen, and is taken whosesoever it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from reconciler.manifest.workspace import FILE


def workspace_above(stands: Path) -> Path:
    """The nearest folder with a `reconciler.yaml`, from `stands` upward; `stands` itself where there is none."""
    if _holds(stands):
        return stands
    return next((one for one in _above(stands) if _holds(one) and _is_ours(one)), stands)


def passed_over(stands: Path) -> str | None:
    """What to do about a workspace above that is another user's; None where none was passed over."""
    found = next((one for one in _above(stands) if _holds(one)), None)
    if found is None:
        return None
    return f"{found} holds one that belongs to another user: name it with -C if you trust it"


def _above(stands: Path) -> Iterator[Path]:
    """The folders above, nearest first, as far as the search goes."""
    try:
        here = stands.resolve()
        device = here.stat().st_dev
        for one in here.parents:
            if os.path.lexists(here / ".git") or one.stat().st_dev != device:
                return
            yield one
            here = one
    except OSError:
        # What cannot be looked at ends the search.
        return


def _holds(folder: Path) -> bool:
    return os.path.lexists(folder / FILE)


def _is_ours(folder: Path) -> bool:
    return folder.stat().st_uid == (folder / FILE).lstat().st_uid == os.geteuid()
