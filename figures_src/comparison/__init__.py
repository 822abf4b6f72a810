"""Other tools compared with gradlab: the meaning of their words, the record of their answers, and the counting.

The answers and costs themselves come from `make record-peers`, which runs the tools in an environment of their own.
"""
