"""One module per experiment, each with a frozen ``Config``, a frozen ``Result`` and ``run(config)``.

The modules are imported on first access. They lie in a folder per subject, which need not be named:
``gradlab.experiments.sigma_map`` is ``gradlab.experiments.scale.sigma_map``.
"""

from gradlab._internal.lazy import flattened

__all__, __getattr__, __dir__ = flattened(__name__, __path__)
