"""The peers: other tools beside gradlab, on the same banks and in the same run.

`tools/` uses each as its documentation says, `worker` runs one of them in the peers' environment, `run` starts the
workers and gathers what they say, and `python -m tests.peers` prints the tables and writes the record.
What the words mean, and the counting, is `figures_src.exhibits.tools`: the page of the site stands on it too. Those
that diagnose are asked about the outside bank as well, in the environment that has its libraries (`outside`).
"""
