"""The outside bank: networks as people build them, by libraries that nobody here wrote, sound and broken on purpose.

`families` lists the networks, `tasks` has what they are given to learn, `planting` breaks them, `recording` runs the
probe on each and `training` finds out whether it trains. `python -m tests.outside` does both in the environment of
`make models`, and writes the record that the rules are tested on without any of the libraries.
"""
