"""Programs that are forked run as those that a Python is started for."""

from pathlib import Path

import pytest

from tests.programs import run, run_afresh

SEEN = """
import sys
import warnings
from pathlib import Path

import here

print(here.__file__, sys.argv, __name__, sys.stdin.read(), Path.cwd())
print(sorted(name for name in sys.modules if name.partition(".")[0] in {"figures_src", "gradlab", "pytest", "tests"}))
"""


@pytest.mark.parametrize(
    ("program", "code", "last"),
    [
        ("print('done')", 0, ""),
        ("import sys; print('so far'); sys.exit(3)", 3, ""),
        ("import sys; sys.exit('a message')", 1, "a message"),
        ("x = 1\nx / 0", 1, "ZeroDivisionError: division by zero"),
        ("import warnings; warnings.warn('a warning')", 1, "UserWarning: a warning"),
        ("import torch; x = torch.ones(3, requires_grad=True); x.sum().backward(); print(x.grad.sum())", 0, ""),
        ("import torch; print(torch.get_num_threads())", 0, ""),
    ],
)
def test_a_forked_program_ends_as_one_that_is_started(program: str, code: int, last: str) -> None:
    forked, started = run(program), run_afresh(program)
    assert (forked.returncode, forked.stdout) == (started.returncode, started.stdout)
    assert forked.returncode == code
    for one in (forked, started):
        assert one.stderr.strip().rpartition("\n")[2] == last


def test_a_forked_program_sees_what_one_that_is_started_sees(tmp_path: Path) -> None:
    (tmp_path / "here.py").touch()
    forked, started = run(SEEN, tmp_path), run_afresh(SEEN, tmp_path)
    assert forked.stderr == started.stderr == ""
    assert forked.stdout.splitlines()[-1] == "[]"
    # But for the folder that the program itself lies in.
    assert forked.stdout.replace(forked.args, "") == started.stdout.replace(started.args[-1], "")
