"""Whether an answer counts: what was asked, what was seen, what there is. Nothing is guessed, and a comment counts as
a whole or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from reconciler.ci.question import Heading
from reconciler.ci.spoken import Order, Spoken
from reconciler.render.deciding import Batch, numbered
from reconciler.render.markdown import code


@dataclass(frozen=True, slots=True)
class Ruling:
    """One decision on one file that counts."""

    order: Order
    number: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be written; or why nothing is, in Markdown, one sentence each."""

    rulings: tuple[Ruling, ...] = ()
    problems: tuple[str, ...] = ()


def elsewhere(answer: Spoken, asked: Heading | None, others: Iterable[Heading]) -> bool:
    """Whether another workspace of the repository asks what is answered here, and this one does not."""
    named = {one.refresh for one in answer.orders}
    mine = named & set(asked.batches if asked else ())
    return not mine and any(named & set(one.batches) for one in others)


def judge(
    answer: Spoken, asked: Heading | None, others: Sequence[Heading], made: Mapping[str, Batch], at: str
) -> Verdict:
    """`asked`: by the newest text of ours where the answer stands; `others`: by those of other workspaces there.
    `made`: what the state records now. `at`: when the answer was written, as `2026-11-21T10:00:00Z`."""
    problems = [f"{code(one)}." for one in answer.problems]
    rulings = []
    for order in answer.orders:
        found = list(_against(order, asked, others, made.get(order.refresh), at))
        problems += found
        if not found and asked:
            hashes = asked.batches[order.refresh].sha256
            rulings += [Ruling(order, number, hashes[number]) for number in order.numbers]
    return Verdict((), tuple(dict.fromkeys(problems))) if problems else Verdict(tuple(rulings))


def _against(
    order: Order, asked: Heading | None, others: Sequence[Heading], made: Batch | None, at: str
) -> Iterator[str]:
    """What speaks against a command: the first thing that does."""
    name = code(order.refresh)
    batch = asked.batches.get(order.refresh) if asked else None
    if asked is None or batch is None:
        only = f", only about {', '.join(map(code, asked.batches))}" if asked and asked.batches else ""
        yield (
            f"Nobody is asked about {name} here{only}. Answer where its variants are listed: in the comment of the "
            "newest pull request, or in the issue with the label `reconciler-variants`."
        )
    elif any(order.refresh in one.batches for one in others):
        yield f"Two workspaces ask about a {name} here, so the numbers mean two things. Use `reconciler approve`."
    elif order.generation not in (None, batch.generation):
        yield (
            f"You watched generation {order.generation} of {name}; now generation {batch.generation} is asked about. "
            "Watch it, and write a new comment."
        )
    elif missing := [one for one in order.numbers if one not in batch.sha256]:
        there = numbered(sorted(batch.sha256))
        yield f"{name} has no variant {numbered(missing)} to decide on; there is {there}."
    elif at <= asked.since:
        yield (
            f"What is asked about {name} changed at {asked.since}, and your comment is of {at}: it may mean other "
            "videos. Watch those that are listed now, and write a new comment."
        )
    elif made is None or made.generation != batch.generation or _differ(order, batch, made):
        yield (
            f"The variants of {name} were made anew since they were listed here. Wait until the list is up to date "
            "(the next *ads plan* or *ads apply* writes it), watch them, and write a new comment."
        )


def _differ(order: Order, batch: Batch, made: Batch) -> bool:
    return any(made.sha256.get(number) != batch.sha256[number] for number in order.numbers)
