"""Treat a network of your own: what is advised is tried on copies, measured and trained, before and after.

    treatment = gradlab.treat(model, lambda model: loss_fn(model(x), y))
    print(treatment)

Nothing of the model, its gradients, its buffers or any random state is changed.
"""

from gradlab.treatment.outcome import Condition, Treatment, Trial
from gradlab.treatment.patient import Course, TrainingStep
from gradlab.treatment.remedies import Remedy
from gradlab.treatment.training import MakeOptimizer
from gradlab.treatment.treating import treat

__all__ = ["Condition", "Course", "MakeOptimizer", "Remedy", "TrainingStep", "Treatment", "Trial", "treat"]
