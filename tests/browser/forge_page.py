"""Markdown as GitHub shows it in a comment: its sanitizer and style as far as they decide how wide a thing is."""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

# Source: the project github-markdown-css, which copies what github.com serves.
_STYLE = """
body { margin: 0; background: #fff; color: #1f2328; }
article { max-width: 880px; margin: 0 auto; padding: 16px; font: 16px/1.5 "Noto Sans", Helvetica, Arial, sans-serif;
  word-wrap: break-word; font-size: 14px; }
table { display: block; width: max-content; max-width: 100%; overflow: auto; border-spacing: 0; margin: 0 0 16px;
  border-collapse: collapse; }
th, td { padding: 6px 13px; border: 1px solid #d1d9e0; }
th { font-weight: 600; }
code { padding: .2em .4em; background: #818b981f; border-radius: 6px; font-size: 85%; white-space: break-spaces;
  font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { padding: 16px; overflow: auto; background: #f6f8fa; border-radius: 6px; font-size: 85%; line-height: 1.45;
  word-wrap: normal; }
pre code { padding: 0; background: none; font-size: 100%; white-space: pre; word-break: normal; }
blockquote { margin: 0 0 16px; padding: 8px 16px; border-left: 4px solid #d1d9e0; }
ul { margin: 0 0 16px; padding-left: 2em; } ul ul { margin: 0; } li + li { margin-top: .25em; }
p { margin: 0 0 16px; } blockquote p:last-child, blockquote ul { margin-bottom: 0; }
details { margin-bottom: 16px; } a { color: #0969da; text-decoration: none; }
h3 { margin: 24px 0 16px; font-size: 1.25em; }
.CAUTION { border-color: #d1242f; } .WARNING { border-color: #9a6700; } .IMPORTANT { border-color: #8250df; }
.NOTE { border-color: #0969da; } .title { margin: 0 0 8px; font-weight: 500; }
"""
_ALERT = re.compile(r"<blockquote>\s*<p>\[!(CAUTION|WARNING|NOTE|IMPORTANT)\]\s*")


def forge_page(text: str) -> str:
    """One page with one comment."""
    shown = MarkdownIt("commonmark", {"html": True}).enable("table").render(text)
    shown = _ALERT.sub(lambda one: f'<blockquote class="{one[1]}"><p class="title">{one[1].title()}</p><p>', shown)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Comment</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><article>{shown}</article></body></html>"
    )
