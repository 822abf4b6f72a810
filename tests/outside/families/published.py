"""Published fully connected networks for points in three clusters: units, activation and initializer of every layer."""

from tests.outside.entries import Entry, given, own

_Layers = tuple[tuple[int, int, str, str], ...]

_HE = "scaled 2.0 fan_in uniform"

# A number of layers, then units, activation function and initializer of each; Keras calls them so.
_NETWORKS: tuple[tuple[str, _Layers], ...] = (
    ("model_0b6f114d", ((9, 5, "exponential", _HE), (1, 3, "sigmoid", _HE))),
    ("model_9b8bdaab", ((9, 5, "exponential", _HE), (1, 3, "sigmoid", _HE))),
    ("model_84c77206", ((15, 5, "relu", _HE), (1, 3, "sigmoid", _HE))),
    ("model_0448d813", ((8, 5, "exponential", _HE), (1, 3, "sigmoid", _HE))),
    ("model_661b4e86", ((10, 5, "exponential", _HE), (1, 3, "sigmoid", _HE))),
    ("model_2569b90f", ((11, 5, "sigmoid", _HE), (1, 3, "sigmoid", _HE))),
    ("model_384108d9", ((8, 5, "relu", "uniform 0.05"), (1, 3, "sigmoid", _HE))),
    ("model_mi_7", ((5, 5, "tanh", _HE), (1, 3, "sigmoid", "constant 0"))),
    ("model_bd4e58b7", ((12, 5, "sigmoid", _HE), (1, 3, "sigmoid", _HE))),
    ("model_e706e7cd", ((11, 5, "sigmoid", _HE), (1, 3, "sigmoid", _HE))),
    ("model_e73037c2", ((8, 5, "exponential", _HE), (1, 3, "sigmoid", _HE))),
    ("model_f7e7b91b", ((9, 5, "relu", "uniform 0.05"), (1, 3, "sigmoid", _HE))),
    ("model_al_13", ((11, 5, "tanh", _HE), (1, 3, "sigmoid", _HE))),
    ("simplednn_blob", ((5, 5, "tanh", _HE), (1, 3, "sigmoid", _HE))),
    ("model_mi_7", ((5, 5, "tanh", _HE), (1, 3, "sigmoid", "uniform 0.05"))),
    ("model_mi_al_10", ((8, 5, "tanh", _HE), (1, 3, "sigmoid", "constant 0"))),
    ("model_al_19", ((17, 5, "tanh", _HE), (1, 3, "sigmoid", _HE))),
    ("model_ma_mi_7", ((5, 5, "tanh", _HE), (1, 3, "sigmoid", "scaled 2.0 fan_in normal"))),
    ("model_mi_al_19", ((17, 5, "tanh", _HE), (1, 3, "sigmoid", "scaled 1.0 fan_in normal"))),
    ("model_mi_al_13", ((11, 5, "tanh", _HE), (1, 3, "sigmoid", "constant 1"))),
    ("model_mi_al_16", ((14, 5, "tanh", _HE), (1, 3, "sigmoid", "scaled 1.0 fan_avg uniform"))),
)

PUBLISHED = tuple(
    Entry(f"published {name}, {index}", "published", own("Published", layers), given("clusters"), seed=index)
    for index, (name, layers) in enumerate(_NETWORKS)
)
