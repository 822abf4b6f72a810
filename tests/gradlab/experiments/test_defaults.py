"""Experiments without settings: each runs with those of its Config, whose results the other tests take as stored."""

import pytest

from gradlab.commands import experiments


class AskedError(Exception):
    """The settings have been asked for."""


def asked() -> None:
    """Stand for a Config in a place that would go on to run the experiment."""
    raise AskedError


@pytest.mark.parametrize("name", experiments.names())
def test_without_settings_those_of_its_config_are_taken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = experiments.module(name)
    monkeypatch.setattr(module, "Config", asked)
    with pytest.raises(AskedError):
        module.run()
