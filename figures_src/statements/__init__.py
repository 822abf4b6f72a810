"""One module per part of a text: each holds `STATEMENTS`, in the text's order, as `figures_src.statement` says.

There is no registry to forget: a new module here is found by its name.
"""
