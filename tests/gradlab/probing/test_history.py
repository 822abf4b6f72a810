"""Many steps: the history, what writes it as it goes, and when the verdict changed."""

import csv
import math
import subprocess
import sys
import tracemalloc
from dataclasses import asdict, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

import gradlab
from gradlab.probing import Entry, ProbeError, Record
from gradlab.probing.history import COLUMNS, changes
from gradlab.probing.measures import Measure
from gradlab.probing.step import LayerCall, ParameterReading, Step
from gradlab.probing.storage import CALL, PARAMETER, KeptSteps, Numbers
from gradlab.probing.tracing import CallTrace, ParameterTrace, StepTrace
from tests.gradlab.probing.test_diagnosis import at, chain


def network(layers: int = 8) -> nn.Sequential:
    torch.manual_seed(0)
    hidden = [module for _ in range(layers) for module in (nn.Linear(16, 16), nn.ReLU())]
    return nn.Sequential(*hidden, nn.Linear(16, 1))


def train(model: nn.Sequential, steps: int, repaired_at: int | None = None, **options: Any) -> Record:
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-3)
    with gradlab.probe(model, optimizer=optimizer, **options) as record:
        for step in range(steps):
            if step == repaired_at:
                for module in model:
                    if isinstance(module, nn.Linear):
                        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
            optimizer.zero_grad()
            model(torch.randn(32, 16)).square().mean().backward()
            optimizer.step()
    return record


def test_the_history_is_what_the_steps_saw() -> None:
    record = train(network(2), 7, every=3)
    assert [row.step for row in record.history.of("0")] == [0, 3, 6]
    assert len(record.history) == 3 * 5
    for row, call in zip(record.history, (call for step in record.steps for call in step.calls), strict=True):
        assert (row.layer, row.delta, row.rms, row.silent) == (call.label, call.delta_norm, call.rms, call.silent)
        assert (row.update_ratio is not None) is (call.role == "linear")
    with pytest.raises(ProbeError, match="layer: found 'nine', recorded: 0, 1, 2, 3, 4"):
        record.history.of("nine")


def test_every_step_can_be_reported_and_the_last_one_is() -> None:
    record = train(network(), 6, repaired_at=4)
    assert record.report().step.number == 5
    assert record.report().verdict == "healthy"
    assert record.report(step=3).verdict == "vanishing"
    assert record.report(step=np.int64(3)).verdict == "vanishing"  # type: ignore[arg-type]
    with pytest.raises(ProbeError, match="step: found 9, recorded: 0, 1, 2, 3, 4, 5"):
        record.report(step=9)


def test_a_step_without_a_gradient_is_not_reported() -> None:
    model = network()
    with gradlab.probe(model) as record:
        model(torch.randn(4, 16)).sum().backward()
        with torch.no_grad():
            model(torch.randn(4, 16))
    assert record.report().step.number == 0
    with pytest.raises(ProbeError, match="in step 1 no gradient was seen"):
        record.report(step=1)


@pytest.mark.parametrize(("language", "text"), [("en", "healthy from step 4"), ("zh", "第 4 步起为“正常”")])
def test_a_change_of_the_verdict_is_noted_with_its_step(language: str, text: str) -> None:
    record = train(network(), 6, repaired_at=4)
    assert any(text in note for note in record.report(language).notes)
    steady = train(network(), 3).report(language)
    assert not any("0" in note and "3" not in note for note in steady.notes)


def test_a_change_among_very_many_steps_is_found() -> None:
    record = train(network(), 3, repaired_at=2)
    ill, _, healthy = record.steps

    class Many(tuple[Step, ...]):
        looked_at = 0

        def __getitem__(self, index: Any) -> Any:
            self.looked_at += 1
            return super().__getitem__(index)

    # Numbers stay those of the steps they are copies of.
    many = Many((ill,) * 5003 + (healthy,) * 4997)
    assert [verdict for _, verdict in changes(many)] == ["vanishing", "healthy"]
    assert many.looked_at < 200


def test_steps_are_kept_as_they_were() -> None:
    numbers = Numbers(parameters=1)
    call = CallTrace(0, "a", "Linear", "linear", 1, (2, 3), True, ("relu",), (), None, "a.weight", numbers.grow(0))
    untouched = CallTrace(1, "b", "ReLU", "activation", 1, (2, 3), True, (), (0,), "tanh", None, numbers.grow(1))
    taken: dict[str, Measure] = {"norm": math.inf, "mean": -1.5, "nonfinite": torch.tensor(3), "silent": 0.25}
    for name, value in taken.items():
        numbers.put(call.place + CALL[name], value)
    numbers.put(untouched.place + CALL["norm"], math.nan)
    parameter = ParameterTrace("a.weight", "a", (3, 3), True)
    numbers.put(PARAMETER["norm"], torch.tensor(2.0))
    trace = StepTrace(4, numbers, 2.0, [call, untouched], {"a.weight": parameter}, recomputed=1, handed_on={""})
    trace.delta(call, torch.tensor([2.0]))
    trace.delta(call, torch.tensor([math.inf]))
    trace.gradient(parameter, 0.0)
    trace.change(parameter, 0.5, torch.tensor(0.0))
    kept = KeptSteps()
    kept.append(trace.packed())
    kept.append(StepTrace(5, Numbers(0)).packed())
    step, empty = kept
    assert step.calls[0] == LayerCall(
        index=0, name="a", kind="Linear", role="linear", number=1, shape=(2, 3), training=True, operations=("relu",),
        parents=(), norm=math.inf, mean=-1.5, nonfinite=3, delta_norm=math.inf, delta_nonfinite=1, backward_passes=2,
        saturated=None, silent=0.25, weight="a.weight", activation=None,
    )  # fmt: skip
    assert math.isnan(step.calls[1].norm)
    assert (step.calls[1].delta_norm, step.calls[1].silent, step.calls[1].activation) == (None, None, "tanh")
    assert step.parameters == (ParameterReading("a.weight", "a", (3, 3), True, 2.0, None, 0.0, 0.25, 0.0),)
    assert (step.number, step.recomputed, step.handed_on) == (4, 1, frozenset({""}))
    assert empty == kept[-1] == Step(5, (), ())
    assert kept[-1:] == (empty,)


def test_memory_grows_by_the_numbers_alone() -> None:
    model = network()
    x = torch.randn(4, 16)
    tracemalloc.start()
    try:
        with gradlab.probe(model) as record:
            for _ in range(20):
                model(x).sum().backward()
            before = tracemalloc.get_traced_memory()[0]
            for _ in range(200):
                model(x).sum().backward()
            grown = (tracemalloc.get_traced_memory()[0] - before) / 200
    finally:
        tracemalloc.stop()
    numbers = 17 * 8 + 18 * 4  # of a call of each layer, and of each parameter
    assert len(record.steps) == 220
    assert grown < 2 * 8 * numbers


# Written as it goes


def test_csv_holds_the_history_to_the_last_digit(tmp_path: Path) -> None:
    record = train(network(2), 3, log=tmp_path / "run.csv")
    text = (tmp_path / "run.csv").read_text(encoding="utf-8")
    assert text == record.history.to_csv()
    first, *rows = csv.reader(text.splitlines())
    assert tuple(first) == COLUMNS
    assert float(rows[0][2]) == record.history[0].delta


def test_what_was_written_before_a_crash_is_whole(tmp_path: Path) -> None:
    program = (
        "import os, torch, gradlab\n"
        "from torch import nn\n"
        "model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 1))\n"
        f"with gradlab.probe(model, log={str(tmp_path / 'run.csv')!r}):\n"
        "    for step in range(5):\n"
        "        model(torch.randn(2, 3)).sum().backward()\n"
        "    os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False)
    lines = (tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()
    # The step that had not ended when the process died is not there.
    assert len(lines) == 1 + 4 * 3
    assert all(line.count(",") == len(COLUMNS) - 1 for line in lines)


def test_an_exception_in_the_block_leaves_a_whole_file(tmp_path: Path) -> None:
    model = network(1)
    with pytest.raises(KeyError), gradlab.probe(model, log=str(tmp_path / "run.csv")):
        model(torch.randn(2, 16)).sum().backward()
        raise KeyError
    assert len((tmp_path / "run.csv").read_text(encoding="utf-8").splitlines()) == 1 + 3


def test_a_callable_is_told_of_every_step_as_soon_as_it_is_over(capsys: pytest.CaptureFixture[str]) -> None:
    told: list[Entry] = []
    model = network()
    with gradlab.probe(model, log=[told.append, print]):
        for count in range(3):
            assert len(told) == max(count - 1, 0)
            model(torch.randn(8, 16)).sum().backward()
    assert [entry.number for entry in told] == [0, 1, 2]
    assert {entry.verdict for entry in told} == {"vanishing"}
    printed = capsys.readouterr().out.splitlines()
    assert printed == [entry.line() for entry in told]
    assert printed[0].startswith("step 0: vanishing; ‖δ‖ ")
    assert told[0].line("zh").startswith("第 0 步：梯度消失；")


def test_the_line_of_a_step_in_both_languages() -> None:
    entry = Entry(replace(chain((0.5, 0.25, 2.0)), number=7))
    assert entry.line() == str(entry) == "step 7: healthy; ‖δ‖ 0.5 at layer 0, 1 at layer 3"
    assert entry.line("zh") == "第 7 步：正常；‖δ‖ 在层 0 为 0.5，在层 3 为 1"
    quiet = chain(())
    without = Entry(replace(quiet, number=8, calls=at(quiet.calls, 0, delta_norm=None)))
    assert without.line() == "step 8: not enough to say; no gradient"
    assert without.line("zh") == "第 8 步：无法判断；没有梯度"


def test_the_history_as_a_data_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    record = train(network(1), 2)
    module = ModuleType("pandas")
    module.DataFrame = lambda rows, columns: [dict(zip(columns, row, strict=True)) for row in rows]  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pandas", module)
    assert record.history.to_dataframe() == [asdict(row) for row in record.history]


def test_a_callable_that_fails_fails_loudly_and_leaves_no_hook() -> None:
    def full(_: Entry) -> None:
        raise OSError("disk full")

    model = network(1)
    with pytest.raises(OSError, match="disk full"), gradlab.probe(model, log=full):
        model(torch.randn(2, 16)).sum().backward()
    assert all(not module._forward_hooks for module in model.modules())
    train(model, 1)


def test_a_tensorboard_writer_gets_numbers_by_name_and_step() -> None:
    class Writer:
        def __init__(self) -> None:
            self.scalars: dict[tuple[str, int], float] = {}
            self.flushed = 0

        def add_scalar(self, tag: str, scalar_value: float, global_step: int) -> None:
            self.scalars[tag, global_step] = scalar_value

        def flush(self) -> None:
            self.flushed += 1

    writer = Writer()
    record = train(network(1), 2, log=writer)
    assert writer.flushed == 2
    assert writer.scalars["delta/0", 1] == record.history.of("0")[1].delta
    assert ("silent/0", 0) not in writer.scalars
    assert ("silent/1", 0) in writer.scalars


def test_a_log_that_cannot_be_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match=r"log: the folder .*nowhere does not exist; make it first"):
        gradlab.probe(network(), log=tmp_path / "nowhere" / "run.csv")
    with pytest.raises(ProbeError, match="is a folder, allowed: the name of a CSV file in it"):
        gradlab.probe(network(), log=tmp_path)
    with pytest.raises(ProbeError, match="log: found int, allowed: the name of a CSV file, a TensorBoard writer"):
        gradlab.probe(network(), log=[print, 3])  # type: ignore[list-item]
