"""One module per part of a text: each holds `CLAIMS`, in the text's order, as `figures_src.model.claim` says.

There is no registry to forget: a new module here is found by its name.
"""
