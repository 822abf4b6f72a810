"""The playground's data: every network that a reader can set, measured at build and packed for the page.

    settings.py   what can be set, and the points of the grid in their order
    addresses.py  the addresses of the points, as pages link to them
    grid.py       one part of the grid, measured by the laboratory: the only module here that imports PyTorch
    remedies.py   for every point that is not healthy, the changes that are, as measured
    rounding.py   what is shipped of a measured network
    packing.py    points to bytes, and back
    files.py      all parts, in parallel, resumed where they were interrupted
    labels.py     the settings in words
    page.py       the controls and every sentence of the page

The activation functions are those that the grid measures, not all that the laboratory has. The guided tour below the
playground is the exhibit of that name, `figures_src/exhibits/playground/playground.py`.

`python -m figures_src.playground` makes what is missing, as `make docs` does. See `files` for a cluster.
"""
