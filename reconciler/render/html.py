"""Pages of one file: templates that escape everything, and whose policy lets nothing run but what they name."""

from __future__ import annotations

import base64
import hashlib
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

from reconciler.render.inline import unbroken
from reconciler.text import clean

if TYPE_CHECKING:
    from jinja2 import Environment


_SPAN = re.compile("`([^`]+)`")


def environment() -> Environment:
    """Every text that is printed passes `clean` and is escaped; a name that is missing is an error."""
    # Only pages need it, and it would cost every other command 30 ms.
    from jinja2 import Environment, StrictUndefined

    made = Environment(
        autoescape=True,
        finalize=_shown,
        keep_trailing_newline=True,
        lstrip_blocks=True,
        trim_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["digest"] = _digest
    made.filters["sentence"] = _sentence
    return made


def source(template: str) -> str:
    """The text of a template beside this module."""
    return resources.files(__package__).joinpath(template).read_text("utf-8")


def _shown(value: Any) -> Any:
    """What a template prints of a value: plain text without control characters; markup of its own as it is."""
    return clean(value) if type(value) is str else value


def _sentence(text: str) -> Any:
    """A sentence of ours: what it has in backticks stands as code, all of it escaped."""
    from markupsafe import Markup, escape

    parts = _SPAN.split(unbroken(clean(text)))
    code = Markup("<code>{}</code>")
    return Markup("").join(code.format(one) if odd % 2 else escape(one) for odd, one in enumerate(parts))


def _digest(text: str) -> str:
    """The name under which a content security policy allows an inline script or style."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
