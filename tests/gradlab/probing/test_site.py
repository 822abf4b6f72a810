"""The address of the site: from the argument, else the environment, else none."""

import pytest

from gradlab._internal import terminal
from gradlab.probing import site


def test_an_argument_counts_more_than_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(site.VARIABLE, "https://host/path")
    assert site.root() == "https://host/path/"
    assert site.root("http://other/") == "http://other/"
    assert site.root("") == ""
    assert site.address("theory", "zh", site.root()) == "https://host/path/zh/theory/"
    monkeypatch.delenv(site.VARIABLE)
    assert site.root() == ""
    assert site.address("theory", "en", "") == "en/theory/"


@pytest.mark.parametrize("wrong", ["host/path", "javascript:alert(1)", "https://a b", "https://", 'https://a"b'])
def test_what_is_no_address_is_refused_by_its_name(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match=r"^site: found"):
        site.root(wrong)
    monkeypatch.setenv(site.VARIABLE, wrong)
    with pytest.raises(ValueError, match=rf"^{site.VARIABLE}: found"):
        site.root()


def test_a_chinese_character_takes_two_columns() -> None:
    assert terminal.columns("层 δ，") == 6
