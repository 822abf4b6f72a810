"""How other tools compare with gradlab: what their words mean, the record of what they said, and the counting.

The answers and costs themselves come from `make record-peers`, which runs the tools in an environment of their own.
"""
