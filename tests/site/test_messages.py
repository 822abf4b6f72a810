"""Messages of the site generator, turned into failures of one line."""

import pytest

from figures_src.model.failures import DOCS, ROOT, Failure
from figures_src.site import configuration
from figures_src.site.messages import failures, spoken

BUILT = "INFO    -  Building documentation to directory: /x\nINFO    -  Documentation built in 2.94 seconds\n"


def test_progress_is_not_repeated_and_all_else_is() -> None:
    assert spoken(BUILT) == ""
    listed = "INFO    -  These pages exist:\n  - source/a.md\n"
    assert spoken(listed + "a library's own word\n" + BUILT) == "a library's own word"


def test_warnings_name_the_page_or_the_configuration() -> None:
    output = (
        BUILT
        + "WARNING -  Doc file 'a.md' contains a link 'b.md', but the target is not found among documentation files.\n"
        + 'WARNING -  The following pages exist, but are not included in the "nav" configuration:\n  - c.md\n'
        + "\nAborted with 2 warnings in strict mode!\n"
    )
    assert failures(output, "en") == [
        Failure("docs/en/a.md", "contains a link 'b.md', but the target is not found among documentation files."),
        Failure(
            configuration.place("nav"),
            'The following pages exist, but are not included in the "nav" configuration: - c.md',
        ),
    ]


def test_a_link_has_the_line_that_it_stands_on() -> None:
    page = (DOCS / "en" / "index.md").read_text(encoding="utf-8")
    target = "lessons.md"
    line = page[: page.index(f"({target})")].count("\n") + 1
    (failure,) = failures(f"WARNING -  Doc file 'index.md' contains a link '{target}', but it is gone.\n", "en")
    assert failure == Failure(f"docs/en/index.md:{line}", f"contains a link '{target}', but it is gone.")


@pytest.mark.parametrize(
    ("message", "line", "what"),
    [
        (
            "Config value 'edit_url': Unrecognised configuration name: edit_url",
            "mkdocs.yml",
            "unknown setting 'edit_url'; the nearest is 'edit_uri'",
        ),
        (
            "Config value 'plugins': Plugin 'search' value 'separator': Unrecognised configuration name: separator",
            configuration.place("separator"),
            "Config value 'plugins': Plugin 'search' value 'separator': Unrecognised configuration name: separator",
        ),
    ],
)
def test_a_wrong_setting_has_its_line_and_the_nearest_name(message: str, line: str, what: str) -> None:
    assert failures(f"WARNING -  {message}\n", "en") == [Failure(line, what)]


def test_our_own_failures_are_taken_apart_again() -> None:
    output = (
        "ERROR   -  Error reading page 'notebook.ipynb':\n"
        "ERROR   -  1 failure:\n  docs/notebook.py:7: RuntimeError: planted\n\nAborted with a BuildError!\n"
    )
    assert failures(output, "zh") == [Failure("docs/notebook.py:7", "RuntimeError: planted")]


def test_a_traceback_becomes_its_last_line_with_the_projects_own_frame() -> None:
    output = (
        f'{BUILT}Traceback (most recent call last):\n  File "/lib/a.py", line 1, in f\n    nav = g()\n'
        f'  File "{ROOT}/docs/theme/main.html", line 7, in h\n    x\nTemplateError: no end\n'
    )
    assert failures(output, "en") == [Failure("docs/theme/main.html:7", "TemplateError: no end")]


def test_a_build_that_only_gave_up_is_still_a_failure() -> None:
    assert failures("\nAborted with a BuildError!\n", "en") == [Failure("docs/en", "Aborted with a BuildError!")]
    assert failures("", "en") == [Failure("docs/en", "the build ended without a word")]
