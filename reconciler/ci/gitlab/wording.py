"""Our Markdown as GitLab shows it: its own words, and no line that it would take for a command.

GitLab does what a line says that begins with `/close` or the like, wherever it stands but in code ("quick actions").
Names are always in code, so that nothing of theirs is changed here.
"""

from __future__ import annotations

import re

_FOUND = re.compile(r"(?s)(?P<code>(`+)(?!`).*?(?<!`)\2(?!`))|(?P<words>pull request)|(?m:^(?P<space>[ \t>*-]*)/)")


def told(text: str) -> str:
    """The same text, said for GitLab. Its first line, the marker, stays."""
    head, line, body = text.partition("\n")
    return head + line + _FOUND.sub(_one, body) if head.startswith("<!-- ") else _FOUND.sub(_one, text)


def _one(found: re.Match[str]) -> str:
    if found["code"] is not None:
        return found["code"]
    return "merge request" if found["words"] else f"{found['space']}\\/"
