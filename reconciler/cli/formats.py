"""In which format, and for whom, a plan is shown: the options of `plan` and `show`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import click

from reconciler.model import Plan
from reconciler.render.facts import Audience
from reconciler.render.links import NOWHERE, Links


class Format(NamedTuple):
    """What the options say."""

    json: bool
    name: str
    audience: Audience

    @property
    def for_buyers(self) -> bool:
        """Whether people read it who know places and audiences by their names, not by their ids."""
        return self.name != "text" and not self.json


def format_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--json, --format, --audience."""
    for option in reversed(
        (
            click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout."),
            click.option("--format", "form", type=click.Choice(["text", "markdown", "html"]), help="Instead of text."),
            click.option(
                "--audience", type=click.Choice(["engineer", "marketer"]), help="marketer: plain words, no API names."
            ),
        )
    ):
        command = option(command)
    return command


def format_of(given: dict[str, Any]) -> Format:
    """Take them out of a command's own options."""
    as_json, form, audience = (given.pop(name) for name in ("as_json", "form", "audience"))
    if as_json and (form or audience):
        raise click.UsageError("--json is a format of its own: leave --format and --audience out.")
    return Format(as_json, form or "text", audience or "engineer")


def shown(plan: Plan, form: Format, made_at: str, *, color: bool, typed: bool = True, links: Links = NOWHERE) -> str:
    """The plan in that format, without a line end. `made_at`: UTC. `typed`: whether who reads it has a terminal."""
    if form.name == "html":
        from reconciler.render import page

        return page.page(plan, audience=form.audience, made_at=made_at, links=links).rstrip("\n")
    if form.name == "markdown":
        from reconciler.render import markdown

        showing = markdown.Framing(links=links)
        return markdown.plan(plan, audience=form.audience, showing=showing).rstrip("\n")
    from reconciler.render import text

    return (
        text.plan(plan, color=color, typed=typed) if form.audience == "engineer" else text.plain_plan(plan, color=color)
    )
