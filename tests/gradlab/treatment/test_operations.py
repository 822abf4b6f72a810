"""Operands kept from where an operation is undefined: what is mended, by which lines, and what is left alone."""

import math
from collections.abc import Callable, Iterable

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

import gradlab
from gradlab._internal import checks
from gradlab.probing import snippets
from gradlab.treatment.isolation import RandomState
from gradlab.treatment.patient import measured
from gradlab.treatment.remedies.operations import _Keeping, operands
from gradlab.treatment.remedies.remedy import Remedy

X = torch.randn(16, 6, generator=torch.Generator().manual_seed(0))
Y = (X[:, :1] > 0).float()
COUNTS = torch.arange(16.0)[:, None]


def network(outputs: int = 4, *last: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.LeakyReLU(), nn.Linear(16, outputs), *last)


def distance(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X)
    return ((outputs - outputs.roll(1, 0)) * (COUNTS > 0)).pow(2).sum(1).sqrt().mean()


def power(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X)
    return (((outputs - 1) * (COUNTS > 0)).pow(2).sum(1) ** 0.5).mean()


def entropy(model: nn.Module) -> Tensor:
    p: Tensor = model(X)[:, :1].sigmoid() * (COUNTS > 0)
    return -(p * p.log()).mean()


def unit_of_a_root(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X) * (COUNTS > 0)
    unit: Tensor = outputs / outputs.square().sum(1, keepdim=True).sqrt()
    return (unit @ unit.T - Y @ Y.T).square().mean()


def mean_of_none(model: nn.Module) -> Tensor:
    mean = model(X) / COUNTS
    return (torch.where(COUNTS == 0, 0.0, mean) - 1).square().mean()


def cosine(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X) * (COUNTS > 0)
    unit: Tensor = outputs / outputs.norm(dim=1, keepdim=True)
    return (unit @ unit.T - Y @ Y.T).square().mean()


def angle(model: nn.Module) -> Tensor:
    unit = functional.normalize(model(X), dim=1)
    return (torch.acos((unit * unit).sum(1).clamp(-1, 1)) + unit[:, 0].square()).mean()


def likelihood(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X)
    return (outputs[:, :1] * 1e4).exp().clamp_max(10.0).mean() + (outputs[:, 1:] - 1).square().mean()


class Attending(nn.Module):
    """Attention of words, of which one has nothing to attend to."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.keys, self.values, self.head = nn.Linear(6, 6), nn.Linear(6, 6), nn.Linear(6, 1)

    def forward(self, x: Tensor) -> Tensor:
        scores = (self.keys(x) @ x.T).masked_fill(COUNTS == 0, -math.inf)
        output: Tensor = self.head(torch.softmax(scores, dim=1) @ self.values(x))
        return output


def attended(model: nn.Module) -> Tensor:
    loss: Tensor = (model(X) - Y).square().mean()
    return loss


@pytest.mark.parametrize(
    ("step", "cause", "line"),
    [
        (distance, "root of 0", "distance = (squares + 1e-8).sqrt()"),
        (power, "root of 0", "distance = (squares + 1e-8).sqrt()"),
        (entropy, "logarithm of 0", "log = (probabilities + 1e-7).log()"),
        (mean_of_none, "masked value not finite", "safe = torch.where(divisor == 0, 1, divisor)"),
        (cosine, "division by 0", "quotient = total / divisor.clamp_min(1e-8)"),
        (unit_of_a_root, "division by 0", "distance = (squares + 1e-8).sqrt()"),
        (angle, "arccosine of 1", "angle = torch.acos(cosine.clamp(-1 + 1e-6, 1 - 1e-6))"),
        (likelihood, "exponential too large", "log_variance = log_variance.clamp(-30, 20)"),
        (attended, "all masked", "probabilities = scores.masked_fill(empty, 0.0).softmax(-1)"),
    ],
)
def test_an_operand_is_kept_from_where_its_operation_is_undefined(
    step: Callable[[nn.Module], Tensor], cause: str, line: str
) -> None:
    model = Attending() if step is attended else network()
    patient = measured(model, step, RandomState.now(), "en")
    assert cause in [finding.cause for finding in patient.deciding]
    remedy = operands(patient.deciding[0], patient)
    assert remedy is not None
    assert line in remedy.code
    assert cause in remedy.mends
    assert measured(model, remedy.guard(step), patient.state, "en").sound


def test_a_treatment_trains_with_the_step_that_was_changed_and_leaves_the_model() -> None:
    model = network()
    treatment = gradlab.treat(model, distance, steps=2)
    assert (treatment.helped, treatment.as_well) == (True, ())
    assert [remedy.kind for remedy in treatment.trials[0].remedies] == ["operands"]
    assert treatment.code == snippets.ROOT
    assert treatment.model is not None
    assert all(torch.equal(*pair) for pair in zip(model.parameters(), treatment.model.parameters(), strict=True))


def prescribed(step: Callable[[nn.Module], Tensor]) -> Remedy | None:
    patient = measured(network(), step, RandomState.now(), "en")
    return operands(patient.deciding[0], patient)


def negative(model: nn.Module) -> Tensor:
    logarithm: Tensor = model(X).log().mean()
    return distance(model) + logarithm


def overflowing(model: nn.Module) -> Tensor:
    outputs: Tensor = model(X) * 1e30
    return (outputs * outputs).mean()


def test_what_no_operand_can_be_kept_from_has_no_such_remedy() -> None:
    assert prescribed(entropy) is not None
    # The logarithm of a negative number asks for another output, and a product that overflows is none of these.
    remedy = prescribed(negative)
    assert remedy is None or "logarithm" not in remedy.code
    assert prescribed(overflowing) is None


def test_only_what_a_gradient_goes_through_is_changed() -> None:
    mask = torch.tensor([0.0, 1.0, 1.0, 1.0])

    def step(model: nn.Module) -> Tensor:
        scores: Tensor = model(X) + mask.log()
        return torch.softmax(scores, dim=1).square().mean() + distance(model)

    remedy = prescribed(step)
    assert remedy is not None
    assert remedy.code == snippets.ROOT
    seen: list[Tensor] = []

    def watched(model: nn.Module) -> Tensor:
        seen.append(mask.log())
        return step(model)

    assert remedy.guard(watched)(network()).item() == pytest.approx(step(network()).item(), abs=1e-4)
    assert seen[0][0] == -math.inf


def test_several_operations_of_a_step_are_told_together_and_in_both_languages() -> None:
    def step(model: nn.Module) -> Tensor:
        return distance(model) + entropy(model)

    remedy = prescribed(step)
    assert remedy is not None
    assert remedy.mends >= {"root of 0", "logarithm of 0"}
    english, chinese = (remedy.says(checks.language("language", one)) for one in ("en", "zh"))
    assert english.endswith(": a small number under the root, a small number within the logarithm")
    assert chinese.endswith("：根号里加一个小数、对数里加一个小数")


def test_the_lines_belong_where_the_operation_is() -> None:
    english, at_loss = checks.language("language", "en"), prescribed(distance)
    assert at_loss is not None
    assert at_loss.place(english) == "where the loss is computed"

    class Rooted(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            hidden: Tensor = self[0](x) * (COUNTS > 0)
            output: Tensor = self[1](hidden.square().sum(1, keepdim=True).sqrt())
            return output

    patient = measured(Rooted(nn.Linear(6, 6), nn.Linear(1, 1)), attended, RandomState.now(), "en")
    remedy = operands(patient.deciding[0], patient)
    assert remedy is not None
    assert remedy.place(english) == "in the network's forward"


def test_half_precision_has_a_lower_bound_of_what_is_exponentiated() -> None:
    with _Keeping(["exponential"]):
        found = torch.full((2,), 50.0, dtype=torch.float16, requires_grad=True).exp()
    assert bool(found.isfinite().all())


def test_what_mends_goes_before_what_only_makes_a_fault_rarer_and_both_are_tried_together() -> None:
    x = torch.randn(32, 10, generator=torch.Generator().manual_seed(0)) * 2000

    class Autoencoder(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            torch.manual_seed(0)
            self.encoder = nn.Sequential(nn.Linear(10, 32), nn.ReLU())
            self.mu, self.logvar, self.decoder = nn.Linear(32, 4), nn.Linear(32, 4), nn.Linear(4, 10)

        def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
            h = self.encoder(x)
            mu, logvar = self.mu(h), self.logvar(h)
            z = mu + torch.randn_like(mu) * (logvar / 2).exp()
            return self.decoder(z), (mu**2 + logvar.exp() - 1 - logvar).sum(1).mean() / 2

    def step(model: nn.Module) -> Tensor:
        decoded, divergence = model(x)
        loss: Tensor = functional.mse_loss(decoded, x / 2000) + divergence
        return loss

    def adam(parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        return torch.optim.Adam(parameters, 1e-2)

    treatment = gradlab.treat(Autoencoder(), step, optimizer=adam, steps=6)
    kinds = [tuple(one.kind for one in trial.remedies) for trial in treatment.trials]
    assert set(kinds[0]) >= {"operands", "standardization"}
    assert kinds.index(("operands",)) < kinds.index(("standardization",))
    losses = {kind: trial.loss for kind, trial in zip(kinds, treatment.trials, strict=True)}
    assert losses[kinds[0]] < losses[("operands",)] / 10
    assert treatment.as_well == ()
