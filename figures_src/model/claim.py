"""Claims: the sentences that texts on this subject make, and the verdicts that the exhibits' checks give them.

A check (`figures_src.model.exhibit.Check`) compares one measurement with one prediction. A claim is a sentence in
words; it names the checks that support it and those that limit it, and its verdict follows from the checks that hold:

    only supporting checks              supported
    supporting and limiting checks      conditional
    only limiting checks                misleading
    no checks, but a reference          reference: told by others, and not measured here

An author declares the verdict as well; a build in which the two differ fails.
"""

import re
import runpy
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from figures_src.model.exhibit import Check, exhibit_of
from figures_src.model.failures import ROOT, BuildFailedError, Failure, from_exception, relative, unknown
from figures_src.model.language import Text

Verdict = Literal["supported", "conditional", "misleading", "reference"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
VERDICT_MARKS: dict[Verdict, str] = {"supported": "✓", "conditional": "◐", "misleading": "✗", "reference": "§"}
VERDICT_WORDS: dict[Verdict, Text] = {
    "supported": Text(zh="成立", en="supported"),
    "conditional": Text(zh="有条件成立", en="conditional"),
    "misleading": Text(zh="误导", en="misleading"),
    "reference": Text(zh="文献", en="by reference"),
}
# A result that was published is run again: it replicates, or not.
REPLICATION_WORDS: dict[Verdict, Text] = {
    **VERDICT_WORDS,
    "supported": Text(zh="重现", en="replicates"),
    "conditional": Text(zh="部分重现", en="in part"),
    "misleading": Text(zh="未能重现", en="does not"),
}
FOLDER = ROOT / "figures_src" / "evidence" / "claims"

ARTICLE = "index.md"
MISCONCEPTIONS = "misconceptions.md"
CLASSICS = "classics.md"
PAGES = {"": ARTICLE, "M": MISCONCEPTIONS, "C": CLASSICS}
"""The page of a claim, by the letter that its number begins with."""

TOPICS = {
    "gradients": Text(zh="消失与爆炸", en="Vanishing and exploding"),
    "activation": Text(zh="激活函数", en="Activation functions"),
    "initialization": Text(zh="初始化", en="Initialization"),
    "inputs": Text(zh="输入与输出层", en="Inputs and the output layer"),
    "normalization": Text(zh="批量归一化", en="Batch normalization"),
    "residual": Text(zh="残差连接", en="Residual connections"),
    "step": Text(zh="学习率与梯度裁剪", en="Learning rate and clipping"),
    "cost": Text(zh="计算成本", en="Computational cost"),
    "code": Text(zh="代码", en="Code"),
}

_ID = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
_NUMBER = re.compile(rf"({'|'.join(PAGES)})([1-9][0-9]*)")


@dataclass(frozen=True)
class Claim:
    """A sentence that texts on the subject make.

    Attributes:
        id: short ASCII name, as in `{{ verdict scale-inputs }}`.
        number: place in the article, such as `"7"`, among the misconceptions, `"M7"`, or among the classics, `"C7"`.
        sentence: the sentence, in the site's own words.
        topic: a key of `TOPICS`.
        verdict: what the author declares.
        condition: one sentence: when it holds, or what holds in its place.
        supports: checks that bear it out, as `exhibit.check`.
        limits: checks that show where it ends.
        reference: who says so, where no check can.

    """

    id: str
    number: str
    sentence: Text
    topic: str
    verdict: Verdict
    condition: Text
    supports: tuple[str, ...] = ()
    limits: tuple[str, ...] = ()
    reference: Text | None = None

    def __post_init__(self) -> None:
        if not _ID.fullmatch(self.id):
            raise ValueError(f"id: found {self.id!r}, allowed: small letters and digits joined by single hyphens")
        if not _NUMBER.fullmatch(self.number):
            raise ValueError(f"{self.id}: number: found {self.number!r}, allowed: such as '7', 'M7' or 'C7'")
        if self.topic not in TOPICS:
            raise ValueError(f"{self.id}: {unknown('topic', self.topic, TOPICS)}")
        if self.verdict not in VERDICTS:
            raise ValueError(f"{self.id}: {unknown('verdict', self.verdict, VERDICTS)}")
        if bool(self.supports or self.limits) == bool(self.reference):
            raise ValueError(f"{self.id}: needs either checks or a reference, and not both")
        doubled = [name for name, count in Counter((*self.supports, *self.limits)).items() if count > 1]
        if doubled:
            raise ValueError(f"{self.id}: names {doubled[0]} more than once")

    @property
    def page(self) -> str:
        """The page in every language on which it must carry its badge."""
        return PAGES[self._place[0]]

    @property
    def section(self) -> str | None:
        """The anchor of the claim's own section, such as `m7-default-is-he`; the article's have none."""
        return f"{self.number.lower()}-{self.id}" if self.page != ARTICLE else None

    @property
    def order(self) -> tuple[int, int]:
        """The place among all claims: those of a page after those of the page before it."""
        letter, number = self._place
        return list(PAGES).index(letter), int(number)

    @property
    def _place(self) -> tuple[str, str]:
        letter, number = _NUMBER.fullmatch(self.number).groups()  # type: ignore[union-attr]  # made sure of above
        return letter, number


def load(folder: Path = FOLDER) -> dict[str, tuple[Claim, ...]]:
    """Read every module of claims anew, by the module's path.

    Anew, because the live preview is one long process. Raises `BuildFailedError` with everything that is wrong.
    """
    found: dict[str, tuple[Claim, ...]] = {}
    failures: list[Failure] = []
    for path in sorted(folder.glob("[a-z]*.py")):
        try:
            found[relative(path)] = tuple(runpy.run_path(str(path))["CLAIMS"])
        except Exception as error:
            failures.append(from_exception(relative(path), error))
    failures += _doubled(found)
    if failures:
        raise BuildFailedError(failures)
    return found


def _doubled(found: Mapping[str, tuple[Claim, ...]]) -> Iterator[Failure]:
    seen: dict[str, str] = {}
    for file, claims in found.items():
        for claim in claims:
            for what, name in (("id", claim.id), ("number", claim.number)):
                if name in seen:
                    yield Failure(file, f"the {what} {name!r} of a claim is taken already, in {seen[name]}")
                seen[name] = file


@dataclass(frozen=True)
class Assessed:
    """A claim with the verdict that its checks give it.

    Attributes:
        claim: the claim, with the verdict that its author declares.
        verdict: what follows from the checks that hold; None where none is left that speaks for or against it.
        file: the module that holds the claim.

    """

    claim: Claim
    verdict: Verdict | None
    file: str

    @property
    def shown(self) -> Verdict:
        """The verdict that pages show: a build without one fails, and a live preview still needs one."""
        return self.verdict or self.claim.verdict

    @property
    def word(self) -> Text:
        """The word of the verdict that pages show."""
        words = REPLICATION_WORDS if self.claim.page == CLASSICS else VERDICT_WORDS
        return words[self.shown]

    @property
    def where(self) -> str:
        """The claim as messages name it."""
        return f"claim {self.claim.id} ({self.file})"


def computed_verdict(claim: Claim, checks: Mapping[str, Check]) -> Verdict | None:
    """The verdict that follows from the checks that hold; None where nothing is left that speaks for or against it."""

    def any_holds(names: Iterable[str]) -> bool:
        return any(name in checks and checks[name].holds for name in names)

    supported, limited = any_holds(claim.supports), any_holds(claim.limits)
    if supported:
        return "conditional" if limited else "supported"
    if limited:
        return "misleading"
    return "reference" if claim.reference else None


def assess(modules: Mapping[str, tuple[Claim, ...]], checks: Mapping[str, Check]) -> dict[str, Assessed]:
    """Every claim by id in the order of its number, with the computed verdict."""
    found = [
        Assessed(claim, computed_verdict(claim, checks), file) for file, claims in modules.items() for claim in claims
    ]
    return {assessed.claim.id: assessed for assessed in sorted(found, key=lambda one: one.claim.order)}


def describe(check: Check) -> str:
    """Measured, relation, prediction and tolerance of a check, on one line."""
    tolerance = f" (tolerance {check.tolerance:.3g} of the prediction)" if check.tolerance else ""
    values = f"measured {check.measured.significant} {check.relation} predicted {check.predicted.significant}"
    return f"{values}{tolerance} is false" if not check.holds else f"{values}{tolerance}"


def check(claims: Mapping[str, Assessed], checks: Mapping[str, Check]) -> Iterator[Failure]:
    """Claims that name a check that does not exist or no longer holds, or declare what the checks do not show."""
    for assessed in claims.values():
        claim, missing = assessed.claim, False
        for role, names in (("supports", claim.supports), ("limits", claim.limits)):
            for name in names:
                if name not in checks:
                    missing = True
                    yield Failure(assessed.where, unknown("check", name, checks), exhibit_of(name))
                elif not checks[name].holds:
                    what = f"{name}, which {role} it, no longer holds: {describe(checks[name])}"
                    yield Failure(assessed.where, what)
        if assessed.verdict != claim.verdict and not missing:
            shown = assessed.verdict or "nothing"
            yield Failure(assessed.where, f"is declared {claim.verdict}, and the checks that hold show {shown}")
