"""Texts of an exhibit on pages besides its files, by name: two builds agree where these do, to the last digit."""

from collections.abc import Iterator, Mapping

from figures_src.model.exhibit import Check, Number, Offered, Question

# The beginning of the names of a check's texts, and the end of the text of one that does not hold.
CHECK, FAILING = "check ", "does not hold"


def texts(offered: Offered) -> dict[str, str]:
    """Everything that pages can quote of an exhibit, as they show it."""
    return dict(_texts(offered))


def differences(one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    """Yield a line for everything that two builds of an exhibit do not show alike."""
    for name in sorted(one.keys() | other.keys()):
        if one.get(name) != other.get(name):
            yield f"{name}: {_short(one.get(name))} / {_short(other.get(name))}"


def _short(text: str | None) -> str:
    return "nothing" if text is None else text if len(text) < 120 and "\n" not in text else "another text"


def _texts(offered: Offered) -> Iterator[tuple[str, str]]:
    yield "title", repr(offered.title)
    yield "settings", offered.settings
    for name, number in offered.numbers.items():
        yield f"number {name}", str(number)
    for name, listed in offered.listings.items():
        for language, text in listed.items():
            yield f"listing {name} ({language})", text
    for name, check in offered.checks.items():
        yield f"{CHECK}{name}", _check(check)
    for name, question in offered.questions.items():
        yield f"question {name}", _question(question)


def _check(check: Check) -> str:
    tolerance = "" if check.tolerance is None else f" ± {Number(check.tolerance, '.2g')}"
    holds = "holds" if check.holds else FAILING
    return f"{check.measured} {check.relation} {check.predicted}{tolerance} {holds}"


def _question(question: Question) -> str:
    answers = (f"{answer.measured} ({', '.join(map(str, answer.guesses))})" for answer in question.answers)
    return f"{'; '.join(answers)}: choice {question.right + 1}"
