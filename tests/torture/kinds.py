"""The kinds of disturbance: each yields what was done and what was wrong with it, or nothing."""

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.serving import free_port
from tests.torture.patient import EXHIBIT, PATIENCE, STARTED, Patient, is_told_in_lines

SEED = 20261130
KILLS = 20
SECONDS_OF_A_BUILD = 9.0
TEN_YEARS = 10 * 365.25 * 86400
MAKERS = "figures_src.make.workers"
ENDLESS = "import time\nwhile True:\n    time.sleep(1)"


@dataclass(frozen=True)
class Outcome:
    """One disturbance, and what was wrong with what became of it."""

    what: str
    wrong: str


def killed(patient: Patient, seed: int, count: int = KILLS) -> Iterator[Outcome]:
    """Builds that get SIGKILL at random moments: nothing runs on, the site stays, and the next build is as ever."""
    moments = random.Random(seed)  # noqa: S311 - not for secrets
    for _ in range(count):
        patient.make_stale()
        after = moments.uniform(0.1, SECONDS_OF_A_BUILD)
        process = patient.start("figures_src", "docs")
        with suppress(subprocess.TimeoutExpired):
            process.wait(after)
        process.kill()
        process.wait()
        wrong = patient.orphans() or ("" if patient.is_good() else "the last good site is gone")
        yield Outcome(f"SIGKILL after {after:.2f} s", wrong or patient.build() or patient.left_over())


def makers_killed(patient: Patient, seed: int) -> Iterator[Outcome]:
    """The process that makes exhibits gets SIGKILL: the build ends in a line."""
    for after in (0.0, 0.3, 1.0, 2.0, 4.0):
        patient.make_stale()
        patient.disturb("import time\ntime.sleep(8)")
        process = patient.start("figures_src", "docs")
        _await(patient, MAKERS)
        time.sleep(after)
        for maker in _named(patient, MAKERS)[:1]:
            os.kill(maker, signal.SIGKILL)
        code, said = patient.ended(process, PATIENCE)
        patient.restore()
        wrong = is_told_in_lines(code, said) or patient.orphans()
        yield Outcome(f"SIGKILL {after} s after the makers' start", wrong or patient.build() or patient.left_over())


def _named(patient: Patient, name: str) -> list[int]:
    """The copy's processes whose command has a name in it."""
    found = []
    for process in sorted(patient.processes()):
        with suppress(OSError):
            if name.encode() in Path(f"/proc/{process}/cmdline").read_bytes():
                found.append(process)
    return found


def _await(patient: Patient, name: str) -> None:
    """Wait until such a process runs, for half a minute at most."""
    deadline = time.monotonic() + 30
    while not _named(patient, name) and time.monotonic() < deadline:
        time.sleep(0.05)


def noisy(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Exhibits that print, leave children, or interrupt: what is said is no answer, and the build ends as it should."""
    cases = {
        "prints without a line's end": ('print("50%", end="", flush=True)', 0),
        "its child prints late": ('import subprocess\nsubprocess.Popen(["sh", "-c", "sleep 6; echo late"])', 0),
        "leaves a thread": ("import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()", 0),
        "closes standard output": ("import os\nos.close(1)", 0),
        "raises KeyboardInterrupt": ("raise KeyboardInterrupt", 1),
        "leaves the process": ("import os\nos._exit(3)", 1),
        "is killed": ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", 1),
    }
    for what, (code, expected) in cases.items():
        patient.disturb(code)
        found, said = patient.run("figures_src", "figures")
        patient.restore()
        wrong = is_told_in_lines(found, said) if expected else (f"exit {found}" if found != 0 else "")
        yield Outcome(what, wrong or patient.orphans() or patient.left_over())
    yield Outcome("after all of them", patient.build())


def endless(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Programs that never end are ended at their limit, in a line."""
    patient.disturb(ENDLESS)
    code, said = patient.run("figures_src", "docs", GRADIENT_LAB_EXHIBIT_SECONDS="3")
    patient.restore()
    wrong = is_told_in_lines(code, said) or ("" if "took longer than 3 s" in said else "the limit is not named")
    yield Outcome("an exhibit", wrong or patient.orphans() or patient.left_over())
    notebook = (patient.folder / "docs/notebook.py").read_text(encoding="utf-8")
    patient.project.edit("docs/notebook.py", "print(6 * 7)", ENDLESS)
    code, said = patient.run("figures_src", "docs", GRADIENT_LAB_CELL_SECONDS="3")
    patient.project.write("docs/notebook.py", notebook)
    is_named = "docs/notebook.py:8: took longer than 3 s" in said
    wrong = is_told_in_lines(code, said) or ("" if is_named else f"the limit is not named: {said}")
    yield Outcome("a cell of the notebook", wrong or patient.orphans() or patient.left_over())
    yield Outcome("after both", patient.build())


def ended(patient: Patient, seed: int, moments: tuple[float, ...] = (0.0, 2.4, 5.4)) -> Iterator[Outcome]:
    """Signals that ask a program to end: it exits with 128 and the signal's number, and leaves nothing.

    They come some seconds after the program has begun to heed them; before, while it is still being read, it has begun
    nothing, and the system ends it.
    """
    patient.disturb("import time\ntime.sleep(2)")
    commands: dict[str, tuple[str, ...]] = {
        "docs": ("figures_src", "docs"),
        "figures": ("figures_src", "figures"),
        "serve": ("figures_src", "serve", "--address", f"127.0.0.1:{free_port()}"),
    }
    for name, command in commands.items():
        for sent in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            for after in moments:
                patient.make_stale()
                process = patient.start(*command)
                _await_heeding(process)
                time.sleep(after)
                process.send_signal(sent)
                code, said = patient.ended(process, 20)
                expected = 0 if name == "serve" and sent == signal.SIGINT else 128 + sent
                wrong = f"exit {code}" if code not in (expected, 0) else ("Traceback" in said and "a traceback") or ""
                what = f"{name}: {sent.name} after {after} s"
                yield Outcome(what, wrong or patient.orphans() or patient.left_over())
    patient.restore()
    wrong = "" if patient.is_good() else "the last good site is gone"
    yield Outcome("after all of them", wrong or patient.build())


def _await_heeding(process: subprocess.Popen[str]) -> None:
    """Wait until a process catches SIGTERM, for half a minute at most, on systems that tell it in a file."""
    status = Path(f"/proc/{process.pid}/status")
    deadline = time.monotonic() + 30
    while status.exists() and process.poll() is None and time.monotonic() < deadline:
        caught = re.search(r"^SigCgt:\s*(\w+)", status.read_text(encoding="utf-8"), re.MULTILINE)
        if caught is None or int(caught[1], 16) >> (signal.SIGTERM - 1) & 1:
            return
        time.sleep(0.02)


def damaged(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Entries of the store and files of a build that are cut short, of another kind, or not there."""
    # Entries that nobody asks for any more, as the kinds before leave them, would be damaged and never read.
    shutil.rmtree(patient.store)
    patient.build()
    for what, damage in _DAMAGES.items():
        damage(patient)
        code, said = patient.run("figures_src", "figures")
        wrong = "" if code == 0 else f"exit {code}: {said.strip().splitlines()[-1:]}"
        if wrong:  # by hand, as its author would have to
            for place in (patient.store, patient.folder / "build", patient.folder / ".cache"):
                shutil.rmtree(place) if place.is_dir() and not place.is_symlink() else place.unlink(missing_ok=True)
        yield Outcome(what, wrong)
    yield Outcome("after all of them", patient.build() or patient.left_over())


def _entry(patient: Patient, kind: str = "exhibits") -> Path:
    return next(path for path in sorted((patient.store / kind).glob("[!.]*")) if path.suffix != ".lock")


def _replaced(path: Path, by: str) -> Path:
    """Put something of another kind in the place of a file or folder; the place."""
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    if by == "a file":
        path.write_text("file", encoding="utf-8")
    elif by == "a dangling link":
        path.symlink_to("nowhere")
    elif by == "a folder":
        path.mkdir()
        (path / "file").touch()
    return path


def _whole(entry: Path) -> Path:
    """List an entry's files as they are now, so that only their content is wrong."""
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in entry.iterdir()}
    files = {name: digest for name, digest in files.items() if name not in ("contents.json", "uses.json")}
    (entry / "contents.json").write_text(json.dumps(files))
    return entry


def _emptied(entry: Path) -> Path:
    """Remove the files of an entry; the entry."""
    for path in entry.iterdir():
        path.unlink()
    return entry


def _written(entry: Path, name: str, content: bytes, *, is_listed: bool) -> Path:
    """Write a file of an entry, listed as it is or not; the entry."""
    (entry / name).write_bytes(content)
    if is_listed:
        _whole(entry)
    return entry


def _without_drawings(patient: Patient) -> Patient:
    """Have the exhibits drawn anew, so that their results are read."""
    shutil.rmtree(patient.store / "exhibits", ignore_errors=True)
    return patient


def _result(patient: Patient, content: bytes, *, is_listed: bool) -> None:
    _written(_entry(patient, "results"), "result.pickle", content, is_listed=is_listed)
    _without_drawings(patient)


_DAMAGES: dict[str, Callable[[Patient], object]] = {
    "an entry is a file": lambda patient: _replaced(_entry(patient), "a file"),
    "an entry is a dangling link": lambda patient: _replaced(_entry(patient), "a dangling link"),
    "an entry is an empty folder": lambda patient: _emptied(_entry(patient)),
    "an entry has a folder among its files": lambda patient: (_entry(patient) / "folder").mkdir(),
    "an entry lists no file": lambda patient: _whole(_emptied(_entry(patient))),
    "an exhibit is cut short": lambda patient: _written(_entry(patient), "exhibit.json", b"{", is_listed=False),
    "an exhibit is no JSON": lambda patient: _written(_entry(patient), "exhibit.json", b"{", is_listed=True),
    "an exhibit is other JSON": lambda patient: _written(_entry(patient), "exhibit.json", b"[1]", is_listed=True),
    "an entry's lock is a folder": lambda patient: [
        _replaced(_entry(patient).with_name(f"{_entry(patient).name}.lock"), "a folder"),
        _replaced(_entry(patient), ""),
    ],
    "the store's exhibits are a file": lambda patient: _replaced(patient.store / "exhibits", "a file"),
    "the store's results are a file": lambda patient: [
        _replaced(patient.store / "results", "a file"),
        _without_drawings(patient),
    ],
    "the store's results are a dangling link": lambda patient: [
        _replaced(patient.store / "results", "a dangling link"),
        _without_drawings(patient),
    ],
    "a result is cut short": lambda patient: _result(patient, b"\x80", is_listed=False),
    "a result is no pickle": lambda patient: _result(patient, b"text", is_listed=True),
    "a result is another's pickle": lambda patient: _result(patient, b"cnowhere\nNothing\n.", is_listed=True),
    "what the store notes of itself is damaged": lambda patient: (patient.store / "days.json").write_text("{"),
    "a page's part is no JSON": lambda patient: [
        _written(entry, "answer.json", b"{", is_listed=True)
        for entry in (patient.store / "pages").glob("[!.]*")
        if entry.is_dir()
    ],
    "a table in build is a folder": lambda patient: _replaced(patient.built / "en/sigmoid.md", "a folder"),
    "a figure in build is a dangling link": lambda patient: _replaced(
        patient.built / "zh/explosion.svg", "a dangling link"
    ),
    "a stranger's folder in build": lambda patient: (patient.built / "en/folder").mkdir(),
    "a language in build is a file": lambda patient: _replaced(patient.built / "en", "a file"),
    "the catalog is a folder": lambda patient: _replaced(patient.built / "catalog.json", "a folder"),
    "the build's lock is a folder": lambda patient: _replaced(patient.folder / ".cache/site.lock", "a folder"),
    "the scratch folder is a file": lambda patient: _replaced(patient.folder / ".cache/scratch", "a file"),
}


def at_once(patient: Patient, seed: int, rounds: int = 3) -> Iterator[Outcome]:
    """Two builds at once: both end well, and one says for which process it waits."""
    for number in range(rounds):
        patient.make_stale()
        first = patient.start("figures_src", "docs")
        time.sleep(1.5)
        code, said = patient.run("figures_src", "docs")
        codes = (patient.ended(first)[0], code)
        wrong = "" if codes == (0, 0) else f"exit {codes}: {said}"
        if not wrong and f"waiting for another build (process {first.pid}" not in said:
            wrong = f"does not name whom it waits for: {said.strip()}"
        yield Outcome(f"round {number + 1}", wrong or ("" if patient.is_good() else "another site"))


PRUNING = """
import os
import sys
from itertools import count
from multiprocessing import get_context
from pathlib import Path
from figures_src.cache.store import Store
store = Store(Path(sys.argv[1]))
def write():
    for number in count():
        store.keep("kind", f"name{number % 7}", str(number), lambda folder: (folder / "file").touch())
writer = get_context("fork").Process(target=write)
writer.start()
failed = 0
for _ in range(int(sys.argv[2])):
    for path in Path(sys.argv[1]).glob("*/*"):
        try:
            os.utime(path, (1, 1))
        except OSError:
            pass
    try:
        store.prune(0)
    except Exception as error:
        failed += 1
writer.kill()
print(failed, file=sys.stderr)
"""


def pruned(patient: Patient, seed: int, count: int = 500) -> Iterator[Outcome]:
    """The store is pruned while another process writes into it."""
    folder = patient.temporary.parent / "pruned"
    done = patient.project.run("-c", PRUNING, str(folder), str(count))
    failed = int(done.stderr.split()[-1]) if done.returncode == 0 else count
    yield from (Outcome("a pruning", "failed") for _ in range(failed))
    yield from (Outcome("a pruning", "") for _ in range(count - failed))


def clock_ahead(patient: Patient, seed: int) -> Iterator[Outcome]:
    """A clock ten years ahead, for which all in the store is ten years old: nothing is lost, nothing is made anew."""
    entries = [path for path in patient.store.glob("*/[!.]*") if path.is_dir()]
    old = time.time() - TEN_YEARS
    for path in patient.store.glob("*/*"):
        os.utime(path, (old, old))
    wrong = patient.build()
    for path in entries:
        yield Outcome(f"{path.parent.name}/{path.name}", wrong or ("" if path.is_dir() else "wiped"))
    results = [path for path in (patient.store / "results").glob("[!.]*") if path.is_dir()]
    for path in results:
        is_new = path.stat().st_mtime > old + TEN_YEARS / 2
        yield Outcome(f"the result {path.name}", "" if is_new else "is in use, and ages")


def without_space(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Files that cannot grow any more, as on a full disk."""
    for kilobytes in (2, 20, 100, 300):
        patient.make_stale()
        limit = kilobytes * 1024

        def limited(limit: int = limit) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))

        said = patient.temporary.parent / "limited"
        with said.open("w") as stream:
            code = subprocess.run(
                [sys.executable, "-m", "figures_src", "docs"],
                cwd=patient.folder,
                env=patient.environment({}),
                stdout=subprocess.DEVNULL,
                stderr=stream,
                preexec_fn=limited,
                check=False,
            ).returncode
        wrong = is_told_in_lines(code, said.read_text(encoding="utf-8")) or patient.orphans()
        wrong = wrong or ("" if patient.is_good() else "the last good site is gone")
        yield Outcome(f"no file beyond {kilobytes} kB", wrong or patient.build() or patient.left_over())


@contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    """A folder that nobody may write to, not even root."""
    if os.geteuid():
        folder.chmod(0o555)
        try:
            yield
        finally:
            folder.chmod(0o755)
        return
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def read_only(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Folders that may not be written to: the build says so in a line."""
    places = {
        "the store": patient.store,
        "its exhibits": patient.store / "exhibits",
        "build": patient.folder / "build",
        ".cache": patient.folder / ".cache",
        "the project": patient.folder,
    }
    for what, place in places.items():
        patient.make_stale()
        place.mkdir(exist_ok=True)
        try:
            with _read_only(place):
                code, said = patient.run("figures_src", "docs")
        except (OSError, subprocess.CalledProcessError) as error:
            yield Outcome(what, f"could not be tried: {error}")
            continue
        wrong = is_told_in_lines(code, said) if what != "build" or code else ""
        wrong = wrong or patient.orphans() or ("" if patient.is_good() else "the last good site is gone")
        yield Outcome(what, wrong or patient.build() or patient.left_over())


def copied(patient: Patient, seed: int) -> Iterator[Outcome]:
    """A store that was copied from another machine: with other times and modes, or only in part."""
    away = patient.store.with_name("away")
    for what in ("whole", "in part"):
        shutil.move(patient.store, away)
        shutil.copytree(away, patient.store, copy_function=shutil.copyfile)
        files = sorted(path for path in patient.store.rglob("*") if path.is_file())
        for file in files[:: 2 if what == "in part" else len(files) + 1]:
            os.truncate(file, file.stat().st_size // 2)
        shutil.rmtree(away)
        yield Outcome(what, patient.build() or patient.left_over())


def served(patient: Patient, seed: int) -> Iterator[Outcome]:
    """Faults in what is previewed: the last good page is shown with the failure on top, until it is mended."""
    address = f"127.0.0.1:{free_port()}"
    process = patient.start("figures_src", "serve", "--language", "en", "--address", address)
    try:
        ready = _page(address, lambda page: bool(page), 60)
        yield Outcome("the first page", "" if ready is not None else "did not come")
        for what, (path, old, new) in _FAULTS.items():
            file = patient.folder / path
            before = file.read_text(encoding="utf-8")
            file.write_text(before.replace(old, new, 1) if old else before + new, encoding="utf-8")
            shown = _page(address, lambda page: "preview-failures" in page and "last-good" not in page, 15)
            wrong = "" if shown is not None and "<h1" in shown else "the last good page is not shown with the failure"
            file.write_text(before, encoding="utf-8")
            mended = _page(address, lambda page: "preview-failures" not in page, 15)
            yield Outcome(what, wrong or ("" if mended is not None else "the failure is shown when it is mended"))
        code, said = patient.run("figures_src", "serve", "--language", "en", "--address", address)
        is_said = code == 1 and f"{address}: is in use" in said and len(said.splitlines()) <= 2
        yield Outcome("the port is in use", "" if is_said else f"exit {code}, {len(said.splitlines())} lines")
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)
        patient.end_all()
    patient.left_over()


_FAULTS = {
    "an unknown number": ("docs/en/index.md", "# P", "# P\n\n{{ no.such }}\n\n##"),
    "an unknown figure": ("docs/en/index.md", "figures/sigmoid.svg", "figures/sigmiod.svg"),
    "an exhibit that raises": (
        EXHIBIT,
        STARTED,
        "    return 1 / 0",
    ),
    "a syntax error in an exhibit": (EXHIBIT, "TITLE =", "TITLE = ="),
    "a cell that raises": ("docs/notebook.py", "print(6 * 7)", "print(1 / 0)"),
    "a heading in one language": ("docs/zh/index.md", "# P {#p}", "# P {#q}"),
    "mkdocs.yml that does not parse": ("mkdocs.yml", "", "\nnav: [\n"),
    "a setting that MkDocs does not know": ("mkdocs.yml", "use_directory_urls: true", "use_directory_urls: 7"),
    "a template that does not parse": ("docs/theme/main.html", "", "{% if %}"),
}


def _page(address: str, is_right: Callable[[str], bool], patience: float) -> str | None:
    """The first page that is right, within some seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        with suppress(OSError):
            with urllib.request.urlopen(f"http://{address}/", timeout=3) as answer:
                page = str(answer.read(), encoding="utf-8")
            if is_right(page):
                return page
        time.sleep(0.2)
    return None


KINDS: dict[str, Callable[[Patient, int], Iterator[Outcome]]] = {
    "killed": killed,
    "makers-killed": makers_killed,
    "noisy": noisy,
    "endless": endless,
    "ended": ended,
    "damaged": damaged,
    "at-once": at_once,
    "pruned": pruned,
    "clock-ahead": clock_ahead,
    "without-space": without_space,
    "read-only": read_only,
    "copied": copied,
    "served": served,
}
