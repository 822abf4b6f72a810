"""Questions about the claims themselves, which a page asks before it tells their verdicts."""

from figures_src.cache.catalog import Catalog
from figures_src.model.exhibit import Answer, Number, Question
from figures_src.model.language import Text

MISLEADING = Text(zh="误导的句子数", en="sentences that mislead")


def questions(catalog: Catalog) -> dict[str, Question]:
    """The number of misconceptions that mislead, asked as `misconceptions.misleading`; nothing where there are none."""
    total, misleading = (catalog.misconceptions[name] for name in ("total", "misleading"))
    if not total:
        return {}
    # None of them, a quarter, half, three quarters, all.
    guesses = tuple(Number(total * quarters / 4, "g") for quarters in range(5))
    answer = Answer(Number(misleading, "d"), guesses)
    return {"misconceptions.misleading": Question((answer,), scale="difference", axis=MISLEADING)}
