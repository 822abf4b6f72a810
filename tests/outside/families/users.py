"""Networks as users write them, with the initialization that PyTorch or their authors give them."""

from tests.outside.built import Built
from tests.outside.entries import Entry, broken, given, seeds

_OWN = "tests.outside.own."


def _own(family: str, name: str, model: Built, task: Built) -> Entry:
    return Entry(name, family, model, task)


def _mlp(hidden: int, activation: str = "ReLU", by: str = "", **named: object) -> Entry:
    model = Built(f"{_OWN}mlp", hidden, activation, **named)
    shown = ", ".join([f"{hidden} hidden layers, {activation}", *([by] if by else []), *map(str, named.values())])
    return _own("MLP", f"MLP, {shown}", Built(f"{_OWN}{by}", model) if by else model, given("vectors"))


def _cnn(shown: str, *widths: int, he: bool = False, size: int = 32, **named: object) -> Entry:
    model = Built(f"{_OWN}cnn", list(widths), **named)
    return _own("CNN", f"CNN, {shown}", Built(f"{_OWN}he", model) if he else model, given("images", size))


DEFAULT = _mlp(3)
HE = _mlp(8, by="he")
DEEP = _mlp(16)
HE_CNN = _cnn("6 convolutions, He, global average", 16, 16, 32, 32, 64, 64, he=True)
LENET = _own("CNN", "CNN of PyTorch's tutorial", Built(f"{_OWN}LeNet"), given("images", 32))
RESIDUAL = _own(
    "residual MLP", "residual MLP, 8 blocks, zero branches", Built(f"{_OWN}residual_mlp", 8), given("vectors")
)
UNET = _own("U-Net", "U-Net, batch normalization", Built(f"{_OWN}UNet"), given("pixels", 32))
LSTM = _own("recurrent", "LSTM, 2 layers", Built(f"{_OWN}Recurrent", "LSTM", 2), given("sequences"))
THREE_LSTMS = _own("recurrent", "3 LSTMs", Built(f"{_OWN}SeparateRecurrent", "LSTM", 3), given("sequences"))
GPT = _own("transformer", "GPT, 8 blocks", Built(f"{_OWN}GPT"), given("words"))
AUTOENCODER = _own("autoencoder", "autoencoder", Built(f"{_OWN}autoencoder"), given("reconstructions", 16, 64))
DISCRIMINATOR = _own(
    "GAN", "DCGAN discriminator", Built(f"{_OWN}dcgan_discriminator"), given("discriminated", 16, 3, 32, 32)
)
_MADE = given("generated", (16, 32, 1, 1), (16, 3, 32, 32))
GENERATOR = _own("GAN", "DCGAN generator", Built(f"{_OWN}dcgan_generator"), _MADE)
PPO = _own("PPO", "PPO agent, orthogonal", Built(f"{_OWN}ActorCritic"), given("rewards", 32, 8))
ENCODER = _own("transformer", "encoder, 4 blocks, post-LN", Built(f"{_OWN}Encoder", 4), given("sequences"))

SOUND = (
    *seeds(DEFAULT, 1),
    _mlp(1),
    *seeds(_mlp(5), 1, 2),
    _mlp(2, "Tanh"),
    _mlp(4, "GELU"),
    _mlp(4, "SiLU"),
    _mlp(2, "Sigmoid"),
    _mlp(5, width=256),
    *seeds(HE, 1),
    _mlp(5, "Tanh", by="xavier"),
    _mlp(6, normalization="BatchNorm1d"),
    _mlp(6, normalization="LayerNorm"),
    _mlp(4, dropout=0.2),
    *seeds(RESIDUAL, 1),
    _own(
        "residual MLP",
        "residual MLP, 8 blocks, default branches",
        Built(f"{_OWN}residual_mlp", 8, zero=False),
        given("vectors"),
    ),
    *seeds(HE_CNN, 1),
    _cnn("4 convolutions", 16, 32, 32, 64, average=False),
    _cnn("4 convolutions, global average", 16, 32, 32, 64),
    _cnn("6 convolutions, batch normalization", 16, 16, 32, 32, 64, 64, normalization=True),
    *seeds(LENET, 1),
    *seeds(UNET, 1),
    _own("U-Net", "U-Net, no normalization", Built(f"{_OWN}UNet", normalization=False), given("pixels", 32)),
    *seeds(LSTM, 1),
    _own("recurrent", "LSTM", Built(f"{_OWN}Recurrent", "LSTM"), given("sequences")),
    _own("recurrent", "GRU, 2 layers", Built(f"{_OWN}Recurrent", "GRU", 2), given("sequences")),
    _own("recurrent", "bidirectional LSTM", Built(f"{_OWN}Recurrent", "LSTM", bidirectional=True), given("sequences")),
    *seeds(THREE_LSTMS, 1),
    _own("recurrent", "3 GRUs", Built(f"{_OWN}SeparateRecurrent", "GRU", 3), given("sequences")),
    _own("recurrent", "LSTM language model", Built(f"{_OWN}WordModel"), given("words")),
    *seeds(GPT, 1, 2),
    ENCODER,
    _own("transformer", "encoder, 4 blocks, pre-LN", Built(f"{_OWN}Encoder", 4, norm_first=True), given("sequences")),
    _own("transformer", "encoder, 8 blocks, post-LN", Built(f"{_OWN}Encoder", 8), given("sequences")),
    *seeds(AUTOENCODER, 1),
    _own(
        "autoencoder",
        "convolutional autoencoder",
        Built(f"{_OWN}convolutional_autoencoder"),
        given("reconstructions", 8, 3, 16, 16),
    ),
    _own("autoencoder", "variational autoencoder", Built(f"{_OWN}VAE"), given("reconstructions", 16, 64)),
    *seeds(DISCRIMINATOR, 1),
    *seeds(GENERATOR, 1),
    *seeds(PPO, 1),
    _own("PPO", "PPO agent for Atari", Built(f"{_OWN}AtariAgent"), given("rewards", 16, 4, 36, 36)),
    *seeds(_own("coordinates", "SIREN, 3 hidden layers", Built(f"{_OWN}siren"), given("waves")), 1),
    _own("coordinates", "network of coordinates with a skip", Built(f"{_OWN}Coordinates"), given("waves")),
    *(_own("graph", f"mean aggregation, {n} layers", Built(f"{_OWN}MeanGraph", n), given("nodes")) for n in (2, 3)),
    _own("other", "temporal convolutions", Built(f"{_OWN}Dilated"), given("sequences")),
    _own("other", "mixture of experts", Built(f"{_OWN}Experts"), given("vectors")),
)

BROKEN = (
    broken(HE, "weights times 3"),
    broken(HE, "weights divided by 3"),
    broken(HE, "sigmoid for the activation"),
    broken(HE, "detached", "8"),
    broken(HE, "times 100", "8"),
    broken(HE, "dead", "8"),
    broken(HE, "zero read-out", "16"),
    broken(HE, "loss times 0"),
    broken(HE, "infinite weight", "8"),
    broken(HE, "overflow in half precision", "8"),
    broken(DEEP, "weights divided by 3"),
    broken(HE_CNN, "sigmoid for the activation"),
    broken(HE_CNN, "weights times 3"),
    broken(HE_CNN, "dead", "7"),
    broken(HE_CNN, "detached", "7"),
    broken(LENET, "dead", "fc1"),
    broken(LENET, "zero read-out", "fc3"),
    broken(LENET, "overflow in half precision", "conv2"),
    broken(UNET, "no normalization + weights times 3"),
    broken(UNET, "detached", "downs.2"),
    broken(UNET, "dead", "upc.0.4"),
    broken(THREE_LSTMS, "detached", "cells.1"),
    broken(GPT, "detached", "blocks.3"),
    broken(GPT, "times 100", "blocks.4.fc2"),
    broken(GPT, "no normalization + weights times 3"),
    broken(GPT, "zero read-out", "head"),
    broken(ENCODER, "detached", "encoder.layers.1"),
    broken(ENCODER, "dead", "encoder.layers.2.linear1"),
    broken(AUTOENCODER, "dead", "4"),
    broken(AUTOENCODER, "sigmoid for the activation"),
    broken(PPO, "detached", "actor.2"),
)
