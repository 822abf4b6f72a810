"""One module per experiment, each with a frozen ``Config``, a frozen ``Result`` and ``run(config)``.

The modules are imported on first access, and each can be called with the settings that are to differ from its
default: ``gradlab.experiments.sigma_map(activation="tanh", sigma_w=[0.9, 1.0, 1.1], depth=40)`` is short for
``sigma_map.run(sigma_map.Config(activation="tanh", sigma_w=(0.9, 1.0, 1.1), depth=40))``.

Examples:
    >>> from gradlab.experiments import explosion, sigma_map
    >>> result = explosion.run(explosion.Config(num_layers=20, seed=42))
    >>> round(result.output, 3)
    4255.416
    >>> result = sigma_map(activation="tanh", sigma_w=[1.0], depth=10, width=64)
    >>> round(result.points[0].predicted_factor, 3)
    0.869

"""

import sys

from gradlab.lazy import CallableSubmodules, submodules

__all__, __getattr__, __dir__ = submodules(__name__, __path__)

sys.modules[__name__].__class__ = CallableSubmodules
