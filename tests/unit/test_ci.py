"""What goes to a continuous-integration service, piece by piece: annotations, outputs, summary, marker."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reconciler.ci import commands, marker, outputs, summary
from reconciler.ci.environment import environment
from reconciler.errors import Finding, Invalid, Place

COMMAND = re.compile(r"::(?P<name>[\w-]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)")


def read_back(line: str) -> tuple[str, dict[str, str], str]:
    """A workflow command as the runner reads it."""
    assert "\n" not in line
    assert "\r" not in line
    match = COMMAND.fullmatch(line)
    assert match, line

    def plain(text: str) -> str:
        for code, character in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            text = text.replace(code, character)
        return text

    pairs = [one.partition("=") for one in (match["properties"] or "").split(",") if one]
    return match["name"], {key: plain(value) for key, _, value in pairs}, plain(match["data"])


def test_a_finding_is_shown_on_its_line() -> None:
    """File from the repository's root, line, column, end, the code in the title, help in the message."""
    finding = Finding(
        "R204", "unknown value", Place("manifests/a,b.yaml", 7, 20, 6), "campaign/spring", "did you mean X?"
    )
    name, properties, data = read_back(commands.errors([finding], "accounts/us")[0])
    assert name == "error"
    assert properties == {
        "title": "reconciler (R204)", "file": "accounts/us/manifests/a,b.yaml", "line": "7", "col": "20",
        "endLine": "7", "endColumn": "26",
    }  # fmt: skip
    assert data == "campaign/spring: unknown value\n  help: did you mean X?"


def test_nine_and_a_count() -> None:
    """A step shows ten; those that can be shown on a line come first."""
    findings = [Finding("R601", "no place")] + [Finding("R204", "x", Place("a.yaml", line)) for line in range(1, 51)]
    lines = commands.errors(findings, "")
    assert len(lines) == 10
    assert [read_back(line)[1]["line"] for line in lines[:9]] == [str(line) for line in range(1, 10)]
    assert "42 more" in lines[9]
    assert len(commands.errors(findings[:9], "")) == 9


@given(st.text(), st.text(), st.text())
def test_no_text_ends_a_command_or_starts_another(message: str, file: str, hint: str) -> None:
    """Whatever names the account holds: one line, one command, the message whole."""
    finding = Finding("R606", message, Place(file, 1), hint=hint)
    (line,) = commands.errors([finding], "")
    name, properties, _ = read_back(line)
    assert name == "error"
    assert set(properties) == {"title", "file", "line", "col", "endLine", "endColumn"}


@given(st.dictionaries(st.sampled_from(outputs.NAMES), st.text(st.characters(exclude_characters="\r", codec="utf-8"))))
def test_outputs_come_back_as_they_are(values: dict[str, str]) -> None:
    """No value ends itself and sets another, whatever its lines are."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "outputs"
        outputs.write(path, values)
        text = path.read_bytes().decode()
    found: dict[str, str] = {}
    rest = text
    while rest:
        head, _, rest = rest.partition("\n")
        name, _, end = head.partition("<<")
        value, _, rest = rest.partition(f"\n{end}\n")
        found[name] = value
    assert found == values


def test_an_output_that_is_no_text_is_written_all_the_same(tmp_path: Path) -> None:
    """Half a character, as a damaged lock may hold, ends no run."""
    outputs.write(tmp_path / "outputs", {"lock_info": "a\ud800b"})
    assert "a\\ud800b" in (tmp_path / "outputs").read_text("utf-8")


@pytest.mark.parametrize(
    ("code", "codes", "writes", "reason"),
    [
        (0, [], True, ""),
        (8, [], True, ""),
        (3, ["R204"], False, "invalid-manifest"),
        (4, ["R602"], False, "auth-failed"),
        (5, ["R801"], True, "unsafe-plan"),
        (6, ["R803"], True, "plan-changed"),
        (7, ["R505"], True, "state-locked"),
        (9, ["R710"], True, "partially-applied"),
        (1, ["R607"], False, "rate-limited"),
        (1, ["R603"], True, "apply-failed"),
        (1, ["R603"], False, ""),
        (10, [], True, "apply-failed"),
    ],
)
def test_a_failure_has_one_word(code: int, codes: list[str], writes: bool, reason: str) -> None:
    """From the exit code, and from what was throttled; a reading command never says that an apply failed."""
    assert outputs.failure_reason(code, codes, writes=writes) == reason


def test_a_summary_fits(tmp_path: Path) -> None:
    """GitHub drops a page of more than 1 MiB completely: it is cut at a line, and says so."""
    path = tmp_path / "summary.md"
    path.write_text("before\n", "utf-8")
    summary.write(path, "äö\n" * 400_000)
    data = path.read_bytes()
    assert data.startswith(b"before\n")
    assert summary.LIMIT - 200 < len(data) <= summary.LIMIT
    assert "was cut" in data.decode()[-200:]


@given(st.text(), st.text())
def test_a_marker_says_what_it_was_told(scope: str, digest: str) -> None:
    """And no value ends the HTML comment it stands in."""
    line = marker.line("plan", scope, digest=digest)
    assert line.count("-->") == line.count("<!--") == 1
    assert "\n" not in line
    found = marker.read(f"{line}\nbody")
    assert found
    assert (found["scope"], found["digest"]) == (scope, digest)


def test_only_our_own_text_counts() -> None:
    """The same marker by somebody else, for another workspace or of another kind is not ours."""
    body = marker.line("plan", "accounts/us") + "\nbody"
    item = {"user": {"login": "github-actions[bot]"}, "body": body}
    assert marker.ours(item, "github-actions[bot]", "plan", "accounts/us")
    assert not marker.ours({**item, "user": {"login": "mallory"}}, "github-actions[bot]", "plan", "accounts/us")
    assert not marker.ours(item, "github-actions[bot]", "plan", "accounts/de")
    assert not marker.ours(item, "github-actions[bot]", "drift", "accounts/us")
    assert not marker.ours({**item, "body": f"quoted:\n{body}"}, "github-actions[bot]", "plan", "accounts/us")
    assert not marker.ours({**item, "body": None, "user": None}, "github-actions[bot]", "plan", "accounts/us")


def test_outside_a_job_there_is_nothing_to_report_to() -> None:
    """`--ci github` elsewhere is a mistake that says what is missing; so the token is never printed on a terminal."""
    with pytest.raises(Invalid) as error:
        environment({"GITHUB_ACTIONS": "true", "GITHUB_SHA": "1"})
    assert "GITHUB_OUTPUT" in str(error.value)
    with pytest.raises(Invalid):
        environment({})
