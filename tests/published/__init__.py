"""Real programs that did not train, as the benchmark of DeepFD names them, rebuilt small, as they were and patched.

Cao et al. 2022 (DeepFD, ICSE) collected 52 of them from a question site and from repositories, and say what was wrong
with each. The programs are Keras; here they are written in PyTorch, from their descriptions, on made data of the same
kind: nobody's code and nobody's data is copied.
"""
