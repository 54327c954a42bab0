"""kind: Renewal: one step of a refresh, with the evidence it was decided on. Written by `renew --write`, committed."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import Field, PlainValidator

from reconciler.canonical import digest
from reconciler.kinds.document import Strict
from reconciler.kinds.fields import Id, Integer, Text, fail, number_in, text
from reconciler.kinds.hooks import Theme
from reconciler.kinds.renew import FOLDER, Metric
from reconciler.renewed import Renewed

Because = Literal["tired", "age", "calendar", "manual"]
_ADDRESS = re.compile(r"(refresh|ad)/[a-z0-9][a-z0-9-]{0,62}", re.ASCII)
_DECIMAL = re.compile(r"(0|[1-9][0-9]{0,17})(\.[0-9]{1,17})?", re.ASCII)
_COUNT = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)
_HASH = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_MOMENT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", re.ASCII)


def _like(pattern: re.Pattern[str], what: str) -> PlainValidator:
    def check(value: Any) -> str:
        written = value if isinstance(value, str) else ""
        if not pattern.fullmatch(written):
            raise fail("R204", f"`{value}` is not {what}", "take the file back from version control, or renew again")
        return str(written)

    return PlainValidator(check)


def day_text(value: Any) -> str:
    """A day as text. Raises for anything else."""
    try:
        return date.fromisoformat(value if isinstance(value, str) else "").isoformat()
    except ValueError:
        raise fail("R204", f"`{value}` is not a day", "write it as 2026-11-27") from None


def _counts(value: Any) -> tuple[str, int, int]:
    """[day, hits, exposure]."""
    if not isinstance(value, list) or len(value) != 3:
        raise fail("R215", "[day, hits, exposure] is expected here")
    hits, shown = (int(one) if isinstance(one, str) and _COUNT.fullmatch(one) else -1 for one in value[1:])
    if not hits >= 0 or shown < 1:
        raise fail("R208", f"[{', '.join(map(str, value))}] does not count a day", "write whole numbers")
    return day_text(value[0]), hits, shown


def _share(value: Any) -> tuple[str, str]:
    """[day, share]."""
    if not isinstance(value, list) or len(value) != 2 or not _DECIMAL.fullmatch(str(value[1])):
        raise fail("R215", "[day, share] is expected here")
    return day_text(value[0]), str(value[1])


AddressText = Annotated[str, _like(_ADDRESS, "an address")]
Decimals = Annotated[str, _like(_DECIMAL, "a decimal number")]
Hash = Annotated[str, _like(_HASH, "a hash")]
Moment = Annotated[str, _like(_MOMENT, "a time in UTC")]
Counts = Annotated[tuple[str, int, int], PlainValidator(_counts)]
Share = Annotated[tuple[str, str], PlainValidator(_share)]
Word = Annotated[str, PlainValidator(text)]


class FromPart(Strict):
    """What it leads on from."""

    generation: Annotated[Integer, number_in(1, 1_000_000)]
    inputs: Hash


class AccountPart(Strict):
    """Whose figures."""

    advertiser_id: Id
    currency: Text | None = None
    timezone: Text | None = None


class RulePart(Strict):
    """How they were judged."""

    metric: Metric
    of: Literal["any", "all"] = "all"
    alpha: Decimals
    horizon: Annotated[Integer, number_in(1, 365)]
    noise: Decimals
    min_drop: Decimals
    version: Annotated[Integer, number_in(1, 1_000_000)]


class EvidencePart(Strict):
    """One ad: its baseline and the days after it, [day, hits, exposure]; the shares its siblings kept, [day, share]."""

    ad: AddressText
    id: Id
    variant: Annotated[Integer, number_in(1, 100)]
    baseline: list[Counts]
    days: list[Counts]
    lost: list[Annotated[str, PlainValidator(day_text)]] = Field(default_factory=list)
    """Days whose figures the report lacked, its own or a sibling's."""
    siblings: list[Share] = Field(default_factory=list)
    verdict: Literal["tired", "not shown"]
    value: Decimals
    rate: list[Decimals]
    confirm: list[Decimals] = Field(default_factory=list)
    """Rates of the metric that confirms: baseline, last seven days."""


class RenewalDocument(Strict):
    """One step, decided by a policy or a person."""

    kind: Literal["Renewal"]
    refresh: AddressText
    from_: Annotated[FromPart, Field(alias="from")]
    step: Annotated[Integer, number_in(0, 1_000_000)]
    theme: Theme | None = None
    because: Because
    decided_at: Moment
    account: AccountPart
    rule: RulePart | None = None
    """With evidence only."""
    evidence: list[EvidencePart] = Field(default_factory=list)
    evidence_sha256: Hash
    by: Word
    reason: Word | None = None


class Renewal(NamedTuple):
    """A file of `renewals/`, which its date names."""

    file: str
    told: RenewalDocument

    @property
    def day(self) -> str:
        """YYYY-MM-DD."""
        return self.file.rpartition("/")[2].partition(".")[0]

    @property
    def renewed(self) -> Renewed:
        """What it brings about."""
        return Renewed(self.told.step, self.told.because, self.told.evidence_sha256, self.told.theme)


def path_of(refresh: str, day: str) -> str:
    """Where the step of a refresh (refresh/NAME) that was decided on a day is committed."""
    return f"{FOLDER}/{refresh.partition('/')[2]}/{day}.yaml"


def evidence_hash(told: RenewalDocument) -> str:
    """`sha256:` over the canonical JSON of account, rule and evidence."""
    parts = told.model_dump(include={"account", "rule", "evidence"}, exclude_none=True, exclude_defaults=True)
    return digest({name: parts.get(name) for name in ("account", "rule", "evidence")})
