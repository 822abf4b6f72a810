"""The probe in the loops of other libraries: every step of the optimizer is seen, and no training changes."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

import gradlab
from gradlab.integrations import metrics
from gradlab.probing import Entry, ProbeError

MLFLOW_NAME = re.compile(r"[\w\-.:/ ]+")


def net(depth: int = 4) -> nn.Sequential:
    torch.manual_seed(0)
    layers = (module for _ in range(depth) for module in (nn.Linear(8, 8), nn.ReLU()))
    return nn.Sequential(*layers, nn.Linear(8, 1))


def batches(count: int = 8) -> DataLoader[Any]:
    data = torch.randn(9 * count, 8, generator=torch.Generator().manual_seed(0))
    return DataLoader(TensorDataset(data), batch_size=9)


# Trackers


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.second = nn.Linear(8, 8), nn.Linear(8, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.second(torch.relu(self.first(x)))  # type: ignore[no-any-return]


def test_a_step_as_numbers_by_name() -> None:
    told: list[Entry] = []
    model = Functional()
    with gradlab.probe(model, log=told.append):
        model(torch.randn(9, 8)).sum().backward()
    numbers = metrics(told[0])
    assert numbers["gradlab/healthy"] in (0.0, 1.0)
    assert numbers["gradlab/delta/first"] == told[0].rows[0].delta
    assert "probe/silent/second input" in metrics(told[0], "probe")
    assert all(isinstance(value, float) and MLFLOW_NAME.fullmatch(name) for name, value in numbers.items())
    assert not [name for name in numbers if name.endswith("update_ratio/first")]


def test_wandb_keeps_every_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    told: list[dict[str, float]] = []
    model, x = net(), torch.randn(9, 8)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with wandb.init(project="probed", dir=str(tmp_path)) as run:

        def log(entry: Entry) -> None:
            told.append(metrics(entry))
            run.log(told[-1])

        with gradlab.probe(model, optimizer=optimizer, log=log):
            for _ in range(3):
                optimizer.zero_grad()
                model(x).square().mean().backward()
                optimizer.step()
        kept = dict(run.summary)
    assert len(told) == 3
    assert {name: kept[name] for name in told[-1]} == told[-1]


# Lightning


@pytest.mark.filterwarnings("ignore")  # Lightning's own, of newer versions of torch and of its settings
def test_lightning(tmp_path: Path) -> None:
    lightning = pytest.importorskip("lightning.pytorch")
    loggers = pytest.importorskip("lightning.pytorch.loggers")
    from gradlab.integrations.lightning import ProbeCallback

    class Lit(lightning.LightningModule):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.net = net()

        def training_step(self, batch: Any, index: int) -> Tensor:
            loss: Tensor = self.net(batch[0]).square().mean()
            return loss

        def validation_step(self, batch: Any, index: int) -> None:
            self.net(batch[0])

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.SGD(self.parameters(), lr=0.1)

    def trained(*callbacks: Any) -> list[Tensor]:
        module = Lit()
        trainer = lightning.Trainer(
            max_epochs=1,
            accelerator="cpu",
            accumulate_grad_batches=2,
            callbacks=[*callbacks],
            logger=loggers.CSVLogger(str(tmp_path), name="probed"),
            log_every_n_steps=1,
            enable_progress_bar=False,
            enable_model_summary=False,
            enable_checkpointing=False,
        )
        trainer.fit(module, batches(), batches(2))
        return [parameter.detach() for parameter in module.parameters()]

    callback = ProbeCallback(every=2)
    with pytest.raises(ProbeError, match="give the callback to the trainer"):
        _ = callback.record
    assert all(torch.equal(one, other) for one, other in zip(trained(callback), trained(), strict=True))
    steps = [step for step in callback.record.steps if step.has_backward]
    assert [step.number for step in steps] == [0, 2]
    for step in steps:
        assert [call.name for call in step.calls] == [f"net.{index}" for index in range(9)]
        assert {call.backward_passes for call in step.calls} == {2}
        assert all(reading.update_ratio for reading in step.parameters)
    (written, *_) = sorted(tmp_path.rglob("metrics.csv"))
    assert "gradlab/delta/net.0" in written.read_text(encoding="utf-8").partition("\n")[0]


# transformers


class Labelled(nn.Module):
    """A model as transformers has it: it puts out its loss."""

    def __init__(self) -> None:
        super().__init__()
        self.net = net()

    def forward(self, x: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        logits = self.net(x)
        loss = logits.square().mean() if labels is None else nn.functional.mse_loss(logits, labels)
        return {"loss": loss, "logits": logits}


def test_transformers(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("accelerate")
    from gradlab.integrations.transformers import ProbeCallback

    x = torch.randn(32, 8, generator=torch.Generator().manual_seed(0))
    rows = [{"x": one, "labels": torch.ones(1)} for one in x]

    def trained(*callbacks: Any) -> list[Tensor]:
        model = Labelled()
        options = transformers.TrainingArguments(
            output_dir=str(tmp_path),
            per_device_train_batch_size=4,
            gradient_accumulation_steps=2,
            num_train_epochs=1,
            report_to=[],
            use_cpu=True,
            save_strategy="no",
            disable_tqdm=True,
            seed=0,
            dataloader_pin_memory=False,
        )
        transformers.Trainer(model=model, args=options, train_dataset=rows, callbacks=[*callbacks]).train()
        return [parameter.detach() for parameter in model.parameters()]

    callback = ProbeCallback(every=3)
    assert all(torch.equal(one, other) for one, other in zip(trained(callback), trained(), strict=True))
    assert [step.number for step in callback.record.steps] == [0, 3]
    for step in callback.record.steps:
        assert {call.backward_passes for call in step.calls if call.name.startswith("net.")} == {2}
        assert all(reading.update_ratio for reading in step.parameters)
    assert callback.record.report().verdict
    callback.close()


# accelerate


def test_accelerate(tmp_path: Path) -> None:
    library = pytest.importorskip("accelerate")
    from gradlab.integrations.accelerate import probe

    def trained(watched: bool) -> tuple[list[Tensor], Any]:
        accelerator = library.Accelerator(
            cpu=True, gradient_accumulation_steps=2, log_with="tensorboard", project_dir=str(tmp_path)
        )
        accelerator.init_trackers("probed")
        model = net()
        model, optimizer, data = accelerator.prepare(model, torch.optim.SGD(model.parameters(), lr=0.1), batches())

        def train() -> None:
            for (x,) in data:
                with accelerator.accumulate(model):
                    accelerator.backward(model(x).square().mean())
                    optimizer.step()
                    optimizer.zero_grad()

        record = None
        if watched:
            with probe(accelerator, model, optimizer, every=2) as record:
                train()
        else:
            train()
        accelerator.end_training()
        return [parameter.detach() for parameter in model.parameters()], record

    watched, record = trained(True)
    assert all(torch.equal(one, other) for one, other in zip(watched, trained(False)[0], strict=True))
    assert [step.number for step in record.steps] == [0, 2]
    for step in record.steps:
        assert {call.backward_passes for call in step.calls} == {2}
        assert all(reading.update_ratio for reading in step.parameters)
    assert list(tmp_path.rglob("events.out.tfevents.*"))
