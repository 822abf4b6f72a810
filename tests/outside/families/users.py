"""Networks as users write them, with the initialization that PyTorch or their authors give them."""

from tests.outside.entries import Entry, broken, given, own, seeds


def _mlp(hidden: int, activation: str = "ReLU", by: str = "", **named: object) -> Entry:
    model = own("mlp", hidden, activation, **named)
    shown = ", ".join([f"{hidden} hidden layers, {activation}", *([by] if by else []), *map(str, named.values())])
    return Entry(f"MLP, {shown}", "MLP", own(by, model) if by else model, given("vectors"))


def _cnn(shown: str, *widths: int, he: bool = False, size: int = 32, **named: object) -> Entry:
    model = own("cnn", list(widths), **named)
    return Entry(f"CNN, {shown}", "CNN", own("he", model) if he else model, given("images", size))


DEFAULT = _mlp(3)
HE = _mlp(8, by="he")
DEEP = _mlp(16)
HE_CNN = _cnn("6 convolutions, He, global average", 16, 16, 32, 32, 64, 64, he=True)
LENET = Entry("CNN of PyTorch's tutorial", "CNN", own("LeNet"), given("images", 32))
RESIDUAL = Entry("residual MLP, 8 blocks, zero branches", "residual MLP", own("residual_mlp", 8), given("vectors"))
UNET = Entry("U-Net, batch normalization", "U-Net", own("UNet"), given("pixels", 32))
LSTM = Entry("LSTM, 2 layers", "recurrent", own("Recurrent", "LSTM", 2), given("sequences"))
THREE_LSTMS = Entry("3 LSTMs", "recurrent", own("SeparateRecurrent", "LSTM", 3), given("sequences"))
GPT = Entry("GPT, 8 blocks", "transformer", own("GPT"), given("words"))
AUTOENCODER = Entry("autoencoder", "autoencoder", own("autoencoder"), given("reconstructions", 16, 64))
DISCRIMINATOR = Entry("DCGAN discriminator", "GAN", own("dcgan_discriminator"), given("discriminated", 16, 3, 32, 32))
_MADE = given("generated", (16, 32, 1, 1), (16, 3, 32, 32))
GENERATOR = Entry("DCGAN generator", "GAN", own("dcgan_generator"), _MADE)
PPO = Entry("PPO agent, orthogonal", "PPO", own("ActorCritic"), given("rewards", 32, 8))
ENCODER = Entry("encoder, 4 blocks, post-LN", "transformer", own("Encoder", 4), given("sequences"))
# Half precision's first steps: the scaler begins too high, leaves them out and halves its scale.
SCALED = Entry(
    "MLP, 3 hidden layers, float16, gradient scaler",
    "MLP",
    own("mlp", 3),
    given("vectors_in_mixed_precision", 2.0**24),
)

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
    Entry(
        "residual MLP, 8 blocks, default branches",
        "residual MLP",
        own("residual_mlp", 8, zero=False),
        given("vectors"),
    ),
    *seeds(HE_CNN, 1),
    _cnn("4 convolutions", 16, 32, 32, 64, average=False),
    _cnn("4 convolutions, global average", 16, 32, 32, 64),
    _cnn("6 convolutions, batch normalization", 16, 16, 32, 32, 64, 64, normalization=True),
    *seeds(LENET, 1),
    *seeds(UNET, 1),
    Entry("U-Net, no normalization", "U-Net", own("UNet", normalization=False), given("pixels", 32)),
    *seeds(LSTM, 1),
    Entry("LSTM", "recurrent", own("Recurrent", "LSTM"), given("sequences")),
    Entry("GRU, 2 layers", "recurrent", own("Recurrent", "GRU", 2), given("sequences")),
    Entry("bidirectional LSTM", "recurrent", own("Recurrent", "LSTM", bidirectional=True), given("sequences")),
    *seeds(THREE_LSTMS, 1),
    Entry("3 GRUs", "recurrent", own("SeparateRecurrent", "GRU", 3), given("sequences")),
    Entry("LSTM language model", "recurrent", own("WordModel"), given("words")),
    *seeds(GPT, 1, 2),
    ENCODER,
    Entry("encoder, 4 blocks, pre-LN", "transformer", own("Encoder", 4, norm_first=True), given("sequences")),
    Entry("encoder, 8 blocks, post-LN", "transformer", own("Encoder", 8), given("sequences")),
    *seeds(AUTOENCODER, 1),
    Entry(
        "convolutional autoencoder",
        "autoencoder",
        own("convolutional_autoencoder"),
        given("reconstructions", 8, 3, 16, 16),
    ),
    Entry("variational autoencoder", "autoencoder", own("VAE"), given("reconstructions", 16, 64)),
    *seeds(DISCRIMINATOR, 1),
    *seeds(GENERATOR, 1),
    *seeds(PPO, 1),
    Entry("PPO agent for Atari", "PPO", own("AtariAgent"), given("rewards", 16, 4, 36, 36)),
    *seeds(Entry("SIREN, 3 hidden layers", "coordinates", own("siren"), given("waves")), 1),
    Entry("network of coordinates with a skip", "coordinates", own("Coordinates"), given("waves")),
    *(Entry(f"mean aggregation, {n} layers", "graph", own("MeanGraph", n), given("nodes")) for n in (2, 3)),
    Entry("temporal convolutions", "other", own("Dilated"), given("sequences")),
    Entry("mixture of experts", "other", own("Experts"), given("vectors")),
    SCALED,
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
