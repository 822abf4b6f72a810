"""The settings that `make mutants` gives mutmut, and the rooms it knows."""

import configparser

import pytest

from figures_src.model.failures import ROOT
from tests import mutants


@pytest.mark.parametrize("name", mutants.ROOMS)
def test_a_room_is_a_folder_of_the_project_with_tests(name: str) -> None:
    room = mutants.ROOMS[name]
    assert (ROOT / room.code / "__init__.py").is_file()
    named = [*room.tests, *(option.partition("=")[2].partition("::")[0] for option in room.left_out)]
    assert all((ROOT / path).exists() for path in named)
    told = configparser.ConfigParser()
    told.read_string(mutants.settings(room))
    lines = told["mutmut"]
    assert lines["only_mutate"].split() == [f"{room.code}/*"]
    # The tests are copied by themselves, and the package that is changed must not be there twice.
    assert lines["source_paths"].split()[0] not in lines["also_copy"].split()
    assert {"docs", "mkdocs.yml", "pyproject.toml"} <= set(lines["also_copy"].split())


def test_an_unknown_room_is_refused_with_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert mutants.main(["theorie"]) == 2
    assert capsys.readouterr().err == (
        "mutants: ROOMS: found 'theorie', allowed: one of theory, probing, cache, markdown, pages, evidence;"
        " nearest: 'theory'\n"
    )


def test_what_mutmut_says_of_a_mutant_is_read() -> None:
    said = "    gradlab.theory.signs.x_share__mutmut_7: survived\n"
    said += "    gradlab.theory.finite_width.xǁLogLawǁf__mutmut_17: killed\n"
    assert [(found["name"], found["state"]) for found in mutants.RESULT.finditer(said)] == [
        ("gradlab.theory.signs.x_share__mutmut_7", "survived"),
        ("gradlab.theory.finite_width.xǁLogLawǁf__mutmut_17", "killed"),
    ]
