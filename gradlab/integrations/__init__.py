"""The probe in the loops of other libraries: one line each, and a recorded step as the numbers that a tracker takes.

    lightning      a callback of Lightning's Trainer
    transformers   a callback of the Trainer of transformers
    accelerate     the with-block for what accelerate has prepared

Each module needs its own library, which nothing else of gradlab does.
"""

from gradlab.integrations.tracking import metrics

__all__ = ["metrics"]
