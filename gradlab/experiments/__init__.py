"""One module per experiment, each with a frozen ``Config``, a frozen ``Result`` and ``run(config)``.

The modules are imported on first access. They lie in a folder per subject, which need not be named:
``gradlab.experiments.sigma_map`` is ``gradlab.experiments.scale.sigma_map``.

Examples:
    >>> from gradlab.experiments import explosion
    >>> result = explosion.run(explosion.Config(num_layers=20, seed=42))
    >>> round(result.output, 3)
    4255.416
    >>> round(result.layers[0].gradient_z, 4)
    2602.2952

"""

from gradlab._internal.lazy import flattened

__all__, __getattr__, __dir__ = flattened(__name__, __path__)
