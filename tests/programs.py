"""Programs run as a reader runs them, without paying for the import of torch each time.

Where the system can fork, each runs in a process of its own, forked from one that has imported torch and nothing else
of what programs import; elsewhere, in a Python that is started for it. Warnings are errors either way.
"""

import atexit
import functools
import gc
import json
import os
import runpy
import subprocess
import sys
import traceback
import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parents[1]
# A forked process cannot use every library of macOS.
FORKS = sys.platform == "linux"
# As the build does: fifty layers trained by Adam are sensitive to the order of sums.
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONUTF8": "1"}
WRITE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
STRICT = (sys.executable, "-W", "error")


def run_afresh(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a Python that is started for it, and that finds modules in these folders first."""
    environment = {**ENVIRONMENT, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    with TemporaryDirectory() as folder:
        script = Path(folder) / "program.py"
        script.write_text(code, encoding="utf-8")
        command = [*STRICT, str(script)]
        return subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
        )


def module(name: str, *arguments: str) -> str:
    """The program that `python -m <name> <arguments>` is."""
    return (
        f"import runpy, sys; sys.argv = [{name!r}, *{arguments!r}]; "
        f"runpy.run_module({name!r}, run_name='__main__', alter_sys=True)"
    )


def run(code: str, *paths: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a process of its own, which finds modules in these folders first."""
    if not FORKS:
        return run_afresh(code, *paths)
    with TemporaryDirectory() as folder:
        script, out, err = (Path(folder) / name for name in ("program.py", "out", "err"))
        script.write_text(code, encoding="utf-8")
        asked = {"script": str(script), "out": str(out), "err": str(err), "paths": [str(path) for path in paths]}
        status = _ask(json.dumps(asked))
        return subprocess.CompletedProcess(str(script), status, out.read_text("utf-8"), err.read_text("utf-8"))


@functools.cache
def _server() -> subprocess.Popen[str]:
    """The process that programs are forked from; it ends with this one."""
    command = [*STRICT, "-P", str(Path(__file__).resolve())]
    server = subprocess.Popen(
        command, cwd=ROOT, env=ENVIRONMENT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    atexit.register(server.communicate)
    return server


def _ask(line: str) -> int:
    """The exit code of a program, which a line of JSON describes."""
    server = _server()
    assert server.stdin
    assert server.stdout
    print(line, file=server.stdin, flush=True)
    return int(server.stdout.readline())


def _serve() -> None:
    """Fork for every line that asks for a program, and answer with its exit code."""
    import torch  # noqa: F401 - for all programs

    gc.freeze()  # what programs never touch need not be copied for them
    for line in sys.stdin:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of forking beside threads, which there are none of
            process = os.fork()
        if not process:
            # Not taken down piece by piece: with torch in it, that is slower than most programs.
            os._exit(_become(**json.loads(line)))
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])}\n")
        sys.stdout.flush()


def _become(script: str, out: str, err: str, paths: list[str]) -> int:
    """Run a program in place of this one; its exit code."""
    for name, stream, mode in ((os.devnull, 0, os.O_RDONLY), (out, 1, WRITE), (err, 2, WRITE)):
        os.dup2(os.open(name, mode, 0o600), stream)
    sys.argv = [script]
    sys.path[:0] = [str(Path(script).parent), *paths]
    status = 0
    try:
        runpy.run_path(script, run_name="__main__")
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
    except BaseException:
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return status


if __name__ == "__main__":
    _serve()
