"""The parser's complaints in the words of someone who does not know its grammar."""

from __future__ import annotations

COMPLAINTS = {
    "mapping values are not allowed in this context": "a `:` is not possible here; quote the text that holds it",
    "did not find expected key": "a key is expected here; check the indentation",
    "did not find expected '-' indicator": "a list item (`- `) is expected here; check the indentation",
    "could not find expected ':'": "the key has no `:` after it",
    "found character that cannot start any token": "no value can begin with this character; quote the text",
    "found a tab character that violates indentation": "there is a tab in the indentation; use spaces",
    "found a tab character that violate indentation": "there is a tab in the indentation; use spaces",
    "found unexpected end of stream": "quoted text is never closed",
    "found unexpected document indicator": "quoted text is never closed",
    "did not find expected ',' or ']'": "a list that begins with `[` lacks a `,` or is never closed",
    "did not find expected ',' or '}'": "a mapping that begins with `{` lacks a `,` or is never closed",
    "did not find expected node content": "a value is expected here",
    "did not find expected <document start>": "a new document must begin with `---`",
    "block sequence entries are not allowed in this context": "a list item is not possible here; check the indentation",
    "block mapping entries are not allowed in this context": "a key is not possible here; check the indentation",
    "found unknown escape character": "this is not an escape; write `\\\\` for a backslash, or use single quotes",
    "found incompatible YAML document": "only YAML 1.1 and 1.2 are read",
    "found unknown directive name": "this is not a directive; a value cannot begin with `%` unless it is quoted",
}
"""What the parser says → what is wrong."""

CUT_SHORT = {
    "did not find expected key": "text goes on after the value has ended; put the whole value in quotes",
    "did not find expected ',' or ']'": "a `,` or `]` is expected here; or put the whole value in quotes",
    "did not find expected ',' or '}'": "a `,` or `}` is expected here; or put the whole value in quotes",
}
"""The same where a bracket or a quote has just been closed: someone wrote `[US] Spring` and meant text."""
