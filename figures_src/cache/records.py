"""Records: measurements that a build cannot repeat, because they belong to one machine, committed with its name.

A record is the data of the exhibit that reads it: the JSON file beside it under its name, and so a part of its
fingerprint. `make record` measures it anew.
"""

import json
import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import date as day
from pathlib import Path
from typing import Any, TypeVar

from figures_src.cache.serialization import parsed, structured
from figures_src.cache.sources import data_file
from figures_src.model.exhibit import paths
from figures_src.model.failures import relative

Result = TypeVar("Result")
# Of a measured time no more digits are worth keeping.
DIGITS = 5
# A list of numbers or texts that is longer than this many characters has a line for each.
LINE = 120


@dataclass(frozen=True)
class Machine:
    """Machine and day of a record.

    Attributes:
        processor: its model, with family and model numbers where the name does not say it.
        instructions: the widest vector instructions that PyTorch uses on it.
        cores: how many cores the machine has.
        system: operating system.
        python: version of Python.
        torch: version of PyTorch, without the name of its build.
        date: the day, in the year-month-day form.

    """

    processor: str
    instructions: str
    cores: int
    system: str
    python: str
    torch: str
    date: str

    def __post_init__(self) -> None:
        for field in fields(self):
            if getattr(self, field.name) in ("", 0):
                raise ValueError(f"{field.name}: found nothing, allowed: what the record was made with")
        try:
            day.fromisoformat(self.date)
        except ValueError:
            raise ValueError(f"date: found {self.date!r}, allowed: a day such as 2026-01-31") from None


def _processor() -> str:
    """The processor's model: as Linux names it, else as Python does."""
    path = Path("/proc/cpuinfo")
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    pairs = (line.partition(":")[::2] for line in text.partition("\n\n")[0].splitlines())
    found = {name.strip(): value.strip() for name, value in pairs}
    if "model name" not in found:
        return platform.processor() or platform.machine()
    return f"{found['model name']} (family {found.get('cpu family', '?')}, model {found.get('model', '?')})"


def _system() -> str:
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {platform.machine()}"
    except OSError:
        return f"{platform.system()} {platform.release()}, {platform.machine()}"


def this_machine() -> Machine:
    """The machine that this runs on, today."""
    import torch  # a warm build never imports it

    return Machine(
        processor=_processor(),
        instructions=torch.backends.cpu.get_cpu_capability(),
        cores=os.cpu_count() or 1,
        system=_system(),
        python=platform.python_version(),
        torch=torch.__version__.partition("+")[0],
        date=day.today().isoformat(),
    )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_rounded(item) for item in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


def write(path: Path, machine: Machine, result: Any) -> None:
    """Write a record: the machine, and a result of nested dataclasses."""
    save(path, {"machine": asdict(machine), "result": _rounded(asdict(result))})


def save(path: Path, content: object) -> None:
    """Write the content of a record, a row a line."""
    path.write_text(f"{_laid_out(content)}\n", encoding="utf-8")


def _laid_out(value: object, margin: str = "\n") -> str:
    """JSON with a line for each object of the innermost lists, and for each item of a list that is long."""
    flat = json.dumps(value, ensure_ascii=False)
    inner = f"{margin} "
    if isinstance(value, dict):
        items = [f"{json.dumps(name)}: {_laid_out(item, inner)}" for name, item in value.items()]
        return f"{{{inner}{f',{inner}'.join(items)}{margin}}}" if any("\n" in item for item in items) else flat
    if isinstance(value, (list, tuple)) and (len(flat) > LINE or any(isinstance(item, dict) for item in value)):
        return f"[{inner}{f',{inner}'.join(_laid_out(item, inner) for item in value)}{margin}]"
    return flat


def read(path: Path, kind: type[Result], config: object, again: str = "make record") -> tuple[Machine, Result]:
    """The machine and the result of a record.

    Raises `ValueError` of one line that names the file and the place where it does not hold what it should, or where
    its result was measured with other settings than `config`; `again` is the command that measures it anew.
    """
    with _told(path):
        content = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(content, dict) or set(content) != {"machine", "result"}:
            found = sorted(content) if isinstance(content, dict) else f"{content!r:.60}"
            raise ValueError(f"record: found {found}, allowed: machine and result")
        machine = structured(content["machine"], Machine, "machine")
        result = structured(content["result"], kind, "result")
        if getattr(result, "config", None) != config:
            raise ValueError(f"result.config: found other settings than the exhibit's; run `{again}`")
    return machine, result


def stated(path: Path, kind: type[Result]) -> Result:
    """A record that belongs to no machine, as nested dataclasses.

    Raises `ValueError` of one line that names the file and the place where it does not hold what it should.
    """
    with _told(path):
        return parsed(path.read_text(encoding="utf-8"), kind, "record")


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """Name the file in whatever is wrong with it."""
    try:
        yield
    except (OSError, ValueError) as error:
        raise ValueError(f"{relative(path)}: {' '.join(str(error).split())}") from None


def main() -> None:
    """Measure the times of activation functions on this machine, and write the record."""
    from gradlab.experiments.activations import activation_cost

    write(data_file(paths()["activation_cost"]), this_machine(), activation_cost.run())


if __name__ == "__main__":
    main()
