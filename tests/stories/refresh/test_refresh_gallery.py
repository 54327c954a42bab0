"""`gallery` writes a page with its films beside it, or everything in one file."""

from __future__ import annotations

from pathlib import Path

from tests.stories.account import Account
from tests.stories.refresh.scene import HERO, variants
from tests.stories.workspace import TOKEN, Workspace


def test_page_and_films_are_written(made: Workspace, account: Account) -> None:
    """index.html names every film of media/ and none else; nothing is asked of the API; it can be made again."""
    account.forget_calls()
    for _ in range(2):
        ended = made.run("gallery", "--out", "page", "--json", token=None)
        assert ended.code == 0, ended.text
        assert Path(ended.json["page"]) == made.root / "page/index.html"
    films = sorted(name for name in made.files() if name.startswith("page/media/"))
    assert len(films) == 3
    page = (made.root / "page/index.html").read_text("utf-8")
    for name, one in zip(films, variants(made), strict=True):
        assert (made.root / name).read_bytes() == (made.root / one["file"]).read_bytes()
        assert name.removeprefix("page/") in page
        assert all(str(one[key]) in page for key in ("task_id", "sha256"))
    assert HERO in page
    assert TOKEN not in page
    assert account.calls() == []


def test_a_single_file_holds_everything(made: Workspace) -> None:
    """`--single-file`: the films are in the page, and no folder of films is made."""
    assert made.run("gallery", "--out", "one", "--single-file").code == 0
    assert [name for name in made.files() if name.startswith("one/")] == ["one/index.html"]
    assert (made.root / "one/index.html").read_text("utf-8").count("data:video/mp4;base64,") == 3


def test_a_single_file_of_more_than_40_mb_is_refused(made: Workspace) -> None:
    """3, saying so, and nothing is written."""
    size = made.lock["refresh/hooks"]["variants"][0]["bytes"]
    made.edit_lock(f'"bytes": {size}', f'"bytes": {41 * 1024 * 1024}')
    ended = made.run("gallery", "--out", "one", "--single-file")
    assert (ended.code, "--single-file" in ended.text) == (3, True)
    assert not (made.root / "one").exists()


def test_a_gallery_of_nothing_is_a_page(work: Workspace) -> None:
    """No refresh at all: a page without films."""
    assert work.run("gallery", "--out", "page").code in (0, 3)


def test_a_film_that_is_gone_is_left_out_honestly(made: Workspace) -> None:
    """A file that was deleted does not stop the page, and its place does not point anywhere."""
    (made.root / "artifacts/hooks/g1-002.mp4").unlink()
    assert made.run("gallery", "--out", "page").code == 0
    assert not (made.root / "page/media/hooks/g1-002.mp4").exists()
    assert "media/hooks/g1-002.mp4" not in (made.root / "page/index.html").read_text("utf-8")
