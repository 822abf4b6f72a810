"""A loss that does not depend on the model's output: where its graph ends, as an error tells it."""

from __future__ import annotations

from gradlab.probing import wording
from gradlab.probing.step import Step

_USUAL = "detach(), torch.tensor(), .item(), NumPy or argmax"


def told(step: Step | None) -> str:
    """The place between the weights and the loss at which the graph ends, in words, by the last forward pass."""
    if step is None or step.readings.connection is None:
        return f"the loss does not depend on the model's output: look for {_USUAL} on the way from it to the loss"
    if step.parameters and not any(parameter.trainable for parameter in step.parameters):
        return "all parameters are frozen (requires_grad=False), so that none gets a gradient"
    ungraphed = set(step.readings.connection.ungraphed)
    graphed = [call.label for call in step.calls if call.index not in ungraphed]
    if not graphed:
        return "the model ran without a graph, in torch.no_grad() or inference_mode(); run it outside of these"
    after = next((call.label for call in reversed(step.calls) if call.index in ungraphed), None)
    following = "the loss" if after is None else wording.called(after, "en")
    behind = f"between {wording.called(graphed[-1], 'en')} and {following}"
    return f"the loss does not depend on the model's output: look for {_USUAL} {behind}"
