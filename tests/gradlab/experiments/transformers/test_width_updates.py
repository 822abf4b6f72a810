"""One step of Adam against the width."""

import pytest

from gradlab.experiments.transformers import width_updates
from gradlab.experiments.transformers.width_updates import Config


def test_the_step_grows_with_the_width_unless_it_is_scaled() -> None:
    result = width_updates.run(Config(widths=(32, 128), seeds=2))
    changes = {(point.scaling, point.width): point.change for point in result.points}
    assert changes["standard", 32] == pytest.approx(changes["mup", 32], rel=1e-12)
    assert changes["standard", 128] > 3 * changes["standard", 32]
    assert changes["mup", 128] < changes["mup", 32]
    assert changes["mup", 128] > changes["mup", 32] / 3


def test_a_width_below_a_head_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^widths: found 8, allowed: "):
        Config(widths=(8,))
