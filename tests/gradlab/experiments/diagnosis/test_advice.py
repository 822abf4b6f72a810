"""The probe's advice followed."""

import ast
import re

import pytest

from gradlab.experiments.diagnosis import advice
from gradlab.experiments.diagnosis.advice import Config
from gradlab.language import LANGUAGES
from gradlab.probing import diagnosis, scale
from gradlab.probing.advice import _BY_CAUSE, advised

NAMES = re.compile(r"^ *for name in (.+?):$", re.MULTILINE | re.DOTALL)


def test_every_cause_is_found_and_every_remedy_heals() -> None:
    result = advice.run(Config(seeds=1))
    assert {row.cause for row in result.rows} == set(_BY_CAUSE) - {"inconclusive", "learned", "scaler"}
    for row in result.rows:
        assert (row.found, row.healthy) == (1, 1), row.cause
        if row.ratio_before is not None and row.ratio_after is not None:
            further = (
                row.ratio_before > 10
                if row.cause.startswith(("exploding", "narrow", "stream"))
                else row.ratio_before < 0.1
            )
            assert further
            assert 0.1 < row.ratio_after < 10


def test_the_code_of_every_advice_can_be_read_by_python_and_speaks_of_this_network() -> None:
    for cause, (ill, _) in advice._pairs(Config()).items():
        step = advice._step(ill(0))
        found = advised(diagnosis.findings(step)[0], step)
        ast.parse(found.advice.code)
        for names in NAMES.findall(found.advice.code):
            known = {call.name for call in step.calls}
            blocks = {scale.block_of(name) for name in known}
            assert set(eval(names)) <= known | blocks, cause  # noqa: S307
        for language in LANGUAGES:
            assert "{" not in found.advice.helps(language), cause
            assert "{" not in found.advice.fails(language), cause


def test_too_few_seeds_are_refused() -> None:
    with pytest.raises(ValueError, match="seeds"):
        Config(seeds=0)
