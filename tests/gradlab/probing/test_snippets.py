"""Code that is advised does, when it is run as printed, what it is said to do."""

import math
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from gradlab.probing import snippets
from gradlab.probing.scale import Scales

X = torch.randn(64, 32, generator=torch.Generator().manual_seed(0))


def network(*between: nn.Module) -> nn.Sequential:
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Linear(32, 32), *between, nn.ReLU()]
    return nn.Sequential(*layers, nn.Linear(32, 2))


def run(code: str, model: nn.Module, **names: Any) -> dict[str, Any]:
    """The names that code leaves behind."""
    given = {"model": model, "torch": torch, "x": X, **names}
    exec(code, given)  # noqa: S102
    return given


def kinds(module: nn.Module) -> list[str]:
    """The classes of the modules inside, in their order."""
    return [type(child).__name__ for child in module.children()]


def spread(value: Tensor) -> float:
    """Standard deviation of what may require a gradient."""
    return float(value.detach().std())


def scales(activation: str, wanted: float | None, kind: str = "Linear") -> Scales:
    return Scales(("0", "2"), (kind, kind), (1.0, 1.0), activation, wanted)


@pytest.mark.parametrize(
    ("found", "sigma_w", "wanted", "words"),
    [
        (scales("relu", math.sqrt(2)), None, math.sqrt(2), 'nonlinearity="relu"'),
        (scales("leaky_relu", math.sqrt(2 / 1.0001)), None, math.sqrt(2), '"leaky_relu", a=0.01'),
        (scales("prelu", math.sqrt(2 / 1.0625)), None, math.sqrt(2 / 1.0625), '"leaky_relu", a=0.25'),
        (scales("tanh", 1.0), None, 1.0, 'nonlinearity="linear"'),
        (scales("gelu", None), None, 1.0, 'nonlinearity="linear"'),
        (scales("relu", math.sqrt(2)), 0.5, 0.5, "std=0.5 / fan_in**0.5"),
        (scales("tanh", 1.0), 2.0, 2.0, "std=2 / fan_in**0.5"),
    ],
)
def test_weights_are_drawn_at_the_scale_that_is_wanted(
    found: Scales, sigma_w: float | None, wanted: float, words: str
) -> None:
    model = network()
    code = snippets.initialize(found, sigma_w)
    assert words in code
    run(code, model)
    for name, drawn in (("0", True), ("2", True), ("4", False)):
        assert bool(model.get_parameter(f"{name}.bias").any()) is not drawn
        if drawn:
            assert spread(model.get_parameter(f"{name}.weight")) * math.sqrt(32) == pytest.approx(wanted, rel=0.1)


def test_a_transposed_convolution_is_drawn_by_its_own_number_of_inputs() -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.ConvTranspose2d(16, 4, 3), nn.ReLU(), nn.ConvTranspose2d(4, 64, 3))
    run(snippets.initialize(scales("relu", math.sqrt(2), "ConvTranspose2d")), model)
    assert spread(model.get_parameter("2.weight")) == pytest.approx(math.sqrt(2 / (4 * 9)), rel=0.1)


def test_a_recurrent_layer_is_drawn_for_inputs_and_states_together() -> None:
    torch.manual_seed(0)
    model = nn.ModuleList([nn.RNN(32, 32)])
    run(snippets.initialize(Scales(("0",), ("RNN",), (1.0,), "tanh", 1.0)), model)
    for name, value in model.named_parameters():
        assert spread(value) * math.sqrt(64) == pytest.approx(1.0 if "weight" in name else 0.0, rel=0.1)


def test_weights_are_multiplied_drawn_or_made_finite_and_biases_set_to_0() -> None:
    model = network()
    weight, bias = model.get_parameter("2.weight"), model.get_parameter("2.bias")
    before = weight.clone()
    run(snippets.multiply(["2"], "1 / 4"), model)
    assert torch.equal(weight, before / 4)
    run(snippets.zero_bias(["2"]), model)
    assert not bias.any()
    run(snippets.draw(["2"], 3.0), model)
    assert spread(weight) * math.sqrt(32) == pytest.approx(3.0, rel=0.1)
    with torch.no_grad():
        weight[0] = math.nan
    kept = weight[1:].clone()
    run(snippets.make_finite(["2.weight"]), model)
    assert torch.equal(weight[1:], kept)
    assert spread(weight[0]) == pytest.approx(spread(kept), rel=0.4)
    layers = nn.ModuleList([nn.LSTM(4, 4, num_layers=2)])
    run(snippets.zero_bias(["0"], recurrent=True), layers)
    assert not any(value.any() for name, value in layers.named_parameters() if "bias" in name)


def test_each_layer_puts_out_variance_1_for_the_batch() -> None:
    model = network()
    run(snippets.unit_variance(["0", "2", "4"]), model)
    for place in (1, 3, 5):
        assert spread(model[:place](X)) == pytest.approx(1.0, rel=1e-4)
    assert not any(module._forward_hooks for module in model.modules())


def test_residual_connections_are_put_around_modules() -> None:
    model = nn.Sequential(nn.Linear(32, 32), nn.Sequential(nn.Linear(32, 32), nn.Tanh()), nn.Linear(32, 32))
    branches = [model.get_submodule(name) for name in ("0", "1.0")]
    run(snippets.connect_blocks(["0", "1.0"]), model)
    assert kinds(model) == ["Residual", "Sequential", "Linear"]
    assert kinds(model[1]) == ["Residual", "Tanh"]
    h = X + branches[0](X) / math.sqrt(2)
    expected = model[2](torch.tanh(h + branches[1](h) / math.sqrt(2)))
    assert torch.allclose(model(X), expected, atol=1e-6)


def test_residual_connections_are_put_around_layers_of_one_sequence() -> None:
    model = network(nn.BatchNorm1d(32)).eval()
    code = snippets.connect_named(["0", "3", "6", "9"], in_place=True)
    names = run(code, model)
    assert [type(layer).__name__ for layer in model] == [
        *("Linear", "BatchNorm1d"),
        *("Residual", "Identity", "Identity") * 3,
        *("ReLU", "Linear"),
    ]
    assert kinds(model[2]) == ["ReLU", "Linear", "BatchNorm1d"]
    h = torch.randn(4, 32)
    branch = model.get_submodule("2.2")(model.get_submodule("2.1")(torch.relu(h)))
    assert torch.allclose(model[2](h), h + branch / math.sqrt(3))
    assert names["first"] == 8


@pytest.mark.parametrize(
    "names", [["0", "3"], ["a.0", "b.3", "a.6"], ["a", "b", "c"], ["0", "3", "7"], ["0", "1", "2"]]
)
def test_where_names_do_not_tell_of_one_sequence_nothing_is_connected(names: list[str]) -> None:
    assert snippets.connect_named(names, in_place=False) == ""


def test_a_sequence_within_the_model_is_named() -> None:
    code = snippets.connect_named(["body.1", "body.4", "body.7"], in_place=False)
    assert 'layers = model.get_submodule("body")' in code
    assert "for first in range(3, 7, 3):" in code
    assert "inplace" not in code


@pytest.mark.parametrize(
    ("shape", "over"), [((64, 5), (0,)), ((8, 7, 5), (0, 1)), ((8, 3, 4, 4), (0, 2, 3)), ((64,), ())]
)
def test_inputs_get_mean_0_and_variance_1_in_every_feature(shape: tuple[int, ...], over: tuple[int, ...]) -> None:
    assert snippets.all_but_features(len(shape)) == over
    if over:
        x = 5 + 3 * torch.randn(shape)
        scaled: Tensor = run(snippets.standardize(len(shape)), nn.Identity(), x=x)["x"]
        assert torch.allclose(scaled.mean(over), torch.zeros(()), atol=1e-5)
        assert torch.allclose(scaled.std(over), torch.ones(()), atol=1e-5)
        left = run(snippets.standardize(len(shape), alone=True), nn.Identity(), x=x)
        assert torch.equal(left["x"], x)
        assert torch.equal(left["inputs"], scaled)


def test_gates_are_opened_and_recurrent_weights_made_orthogonal() -> None:
    model = nn.ModuleList([nn.LSTM(3, 4)])
    run(snippets.forget(["0"], 2.5), model)
    for name, bias in model.named_parameters():
        if "bias" in name:
            assert bias[4:8].tolist() == [2.5 if "_hh" in name else 0.0] * 4
            assert bias[:4].any()
    plain = nn.ModuleList([nn.RNN(3, 4)])
    before = plain.get_parameter("0.weight_ih_l0").clone()
    run(snippets.make_orthogonal(["0"]), plain)
    weight = plain.get_parameter("0.weight_hh_l0")
    assert torch.allclose(weight @ weight.T, torch.eye(4), atol=1e-5)
    assert torch.equal(plain.get_parameter("0.weight_ih_l0"), before)


def test_modules_are_put_behind_others_or_in_their_place() -> None:
    model = network()
    run(snippets.normalize(["0", "2"], "LayerNorm"), model)
    assert kinds(model[2]) == ["Linear", "LayerNorm"]
    run(snippets.without("1"), model)
    assert type(model[1]) is nn.Identity
    run(snippets.append("3", "Dropout(0.5)"), model)
    assert kinds(model[3]) == ["ReLU", "Dropout"]
    run(snippets.put("2.1", "Identity()"), model)
    assert type(model.get_submodule("2.1")) is nn.Identity
    run(snippets.put_each(["5", "7"], "Tanh()"), model)
    assert [type(model[place]) for place in (5, 7)] == [nn.Tanh, nn.Tanh]
    images = nn.Sequential(nn.Conv2d(3, 4, 3))
    run(snippets.normalize(["0"], "GroupNorm"), images)
    assert repr(images.get_submodule("0.1")).startswith("GroupNorm(1, 4")


@pytest.mark.parametrize(("kind", "written"), [("LayerNorm", "LayerNorm((32,)"), ("GroupNorm", "GroupNorm(1, 32")])
def test_a_normalization_over_the_batch_is_replaced(kind: str, written: str) -> None:
    model = network(nn.BatchNorm1d(32))
    run(snippets.layer_for_batch(["1", "4"], kind), model)
    assert [repr(model[place]).startswith(written) for place in (1, 4, 7)] == [True, True, False]


def test_outputs_and_rates_are_multiplied() -> None:
    model = network()
    h = torch.randn(4, 32)
    own = model[2](h)
    run(snippets.divide(["0", "2", "4", "6"]), model)
    assert torch.allclose(model[2](h), own / 2)
    end = model[8](h)
    run(snippets.rescale("8", 3.0, 0.5), model)
    assert torch.allclose(model[8](h), end * 3 + 0.5)
    optimizer = torch.optim.SGD(model.parameters(), 0.5)
    run(snippets.rate(0.1), model, optimizer=optimizer)
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.05)
