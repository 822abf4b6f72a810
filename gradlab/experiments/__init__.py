"""One module per experiment, each with a frozen ``Config``, a frozen ``Result`` and ``run(config)``.

The modules are imported on first access: ``gradlab.experiments.explosion.run()``.
"""

from gradlab.lazy import submodules

__all__, __getattr__, __dir__ = submodules(__name__, __path__)
