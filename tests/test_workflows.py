"""Workflows of GitHub and hooks of pre-commit: they are valid and call targets of make, and nothing else."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from figures_src.model.failures import ROOT

GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
# Actions do what make cannot: fetch the commit, bring a Python, hand the site to the host.
ACTIONS = {"checkout", "setup-python", "configure-pages", "upload-pages-artifact", "deploy-pages"}
# An action is a commit, with its version beside it for readers and for dependabot.
PINNED = re.compile(r"actions/([a-z-]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# Images of one release: a newer one is an edit, and no surprise.
IMAGES = {"ubuntu-24.04", "macos-15"}
TARGET = re.compile(r"^([a-z-]+):.*## ", re.MULTILINE)


def targets() -> set[str]:
    """The targets that `make help` lists."""
    return set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))


@pytest.mark.parametrize("readme", ["README.md", "README.zh.md"])
def test_every_target_is_told(readme: str) -> None:
    told = re.findall(r"\bmake ([a-z-]+)", (ROOT / readme).read_text(encoding="utf-8"))
    assert targets() <= {*told}
    assert len(targets()) > 20


def steps(workflow: str) -> list[dict[str, Any]]:
    """The steps of all jobs of a workflow; what an action is called with the version that stands beside it."""
    said = re.sub(r"(uses: )(.*)", r"\1'\2'", workflow)
    return [step for job in yaml.safe_load(said)["jobs"].values() for step in job["steps"]]


def check(schema: str, *files: Path) -> subprocess.CompletedProcess[str]:
    """Hold files against a schema that check-jsonschema carries; nothing is fetched."""
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *map(str, files)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def faults(workflow: str) -> list[str]:
    """Steps that are neither one target of make nor one commit of a known action."""
    found = []
    for step in steps(workflow):
        if command := step.get("run", ""):
            make, *names = command.split()
            if make != "make" or len(names) != 1 or names[0] not in targets():
                found.append(command)
        elif not (used := PINNED.fullmatch(step["uses"])) or used[1] not in ACTIONS:
            found.append(step["uses"])
    return found


def test_the_workflows_are_there() -> None:
    assert [path.stem for path in WORKFLOWS] == ["nightly", "pages", "tests", "vulnerabilities"]


@pytest.mark.parametrize(
    ("schema", "files"),
    [("vendor.github-workflows", WORKFLOWS), ("vendor.dependabot", [GITHUB / "dependabot.yml"])],
    ids=["workflows", "dependabot"],
)
def test_github_accepts_them(schema: str, files: list[Path], tmp_path: Path) -> None:
    done = check(schema, *files)
    assert done.returncode == 0, done.stdout
    for number, path in enumerate(files):
        misspelt = tmp_path / f"{number}.yml"
        text = path.read_text(encoding="utf-8")
        misspelt.write_text(re.sub(r"^(\s+)(runs-on|schedule):", r"\1\2s:", text, flags=re.MULTILINE), encoding="utf-8")
        assert check(schema, misspelt).returncode == 1, path


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_they_call_targets_of_make_only(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "step",
    ["run: pip install .", "run: make tests", "run: make docs && rm site", "uses: actions/checkout@v5", "uses: a/b@v1"],
)
def test_any_other_step_is_found(step: str) -> None:
    assert faults(f"jobs:\n  one:\n    steps:\n      - {step}\n") == [step.partition(": ")[2]]


def test_every_supported_python_is_tested_on_both_systems() -> None:
    workflow = yaml.safe_load((GITHUB / "workflows" / "tests.yml").read_text(encoding="utf-8"))
    matrix = workflow["jobs"]["test"]["strategy"]["matrix"]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == f">={matrix['python'][0]}"
    assert matrix == {
        "os": ["ubuntu-24.04", "macos-15"],
        "python": ["3.11", "3.12", "3.13", "3.14"],
    }


def test_every_job_runs_on_an_image_of_one_release_and_one_action_is_one_commit() -> None:
    texts = [path.read_text(encoding="utf-8") for path in WORKFLOWS]
    images = {word for text in texts for word in re.findall(r"\b(?:ubuntu|macos|windows)-[\w.]+", text)}
    assert images == IMAGES
    commits = {tuple(re.findall(r"uses: (\S+)@(\S+) # (\S+)", line)) for text in texts for line in text.splitlines()}
    used = [found[0] for found in commits if found]
    assert {action for action, *_ in used} == {f"actions/{name}" for name in ACTIONS}
    assert len(used) == len(ACTIONS)


def test_the_site_is_published_from_the_whole_history() -> None:
    (checkout, *_) = steps((GITHUB / "workflows" / "pages.yml").read_text(encoding="utf-8"))
    assert checkout["with"] == {"fetch-depth": 0}


def test_every_lock_is_looked_up_but_the_oldest_versions() -> None:
    workflow = yaml.safe_load((GITHUB / "workflows" / "vulnerabilities.yml").read_text(encoding="utf-8"))
    when = workflow[True]  # YAML's "on"
    assert when["schedule"]
    assert when["push"]["paths"] == ["requirements/*.txt", "tests/audit/package-lock.json"]
    source = (ROOT / "requirements" / "look_up.py").read_text(encoding="utf-8")
    (old,) = re.findall(r"OLD = frozenset\(\{(.*)\}\)", source)
    locks = {path.name for path in (ROOT / "requirements").glob("*.txt")}
    assert old == '"oldest.txt"'
    assert {"docs.txt", "torch.txt", "test.txt", "audit.txt", "oldest.txt", "vulnerabilities.txt"} < locks


def test_every_place_that_names_versions_is_kept_up_to_date() -> None:
    updates = yaml.safe_load((GITHUB / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    places = {one["package-ecosystem"]: one["directory"].strip("/") for one in updates}
    assert places == {"pip": "", "npm": "tests/audit", "github-actions": ""}
    assert (ROOT / places["pip"] / "pyproject.toml").is_file()
    assert (ROOT / places["npm"] / "package-lock.json").is_file()


def test_pre_commit_runs_what_is_run_first_with_the_projects_own_tools() -> None:
    config = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [one["repo"] for one in config["repos"]] == ["local"], "nothing is fetched"
    hooks = [hook for one in config["repos"] for hook in one["hooks"]]
    assert {hook["language"] for hook in hooks} == {"system"}
    tests = (GITHUB / "workflows" / "tests.yml").read_text(encoding="utf-8")
    first = next(step["run"] for step in steps(tests) if "run" in step)
    assert [hook["entry"] for hook in hooks] == [first]
    assert first.removeprefix("make ") in targets()
