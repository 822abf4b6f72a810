"""The held-out set: networks of other kinds and architectures than the bank's, which no rule was corrected on.

They were chosen and built before any of them was judged, and judged once. When rules have been changed with them in
view, they are no longer unseen: then they belong into the bank, and other networks are to be found.
"""

from tests.outside.built import Built
from tests.outside.entries import Entry, broken, calls_of, given, of
from tests.outside.families.libraries import geometric, segmentation
from tests.outside.families.transformer_library import TWO_STACKS, causal, encoder, transformer
from tests.outside.families.vision import timm, torchvision, torchvision_segmentation
from tests.outside.tasks import CLASSES, WORDS

_WORDS = {"pad_token_id": 0, "bos_token_id": 0, "eos_token_id": 0, "decoder_start_token_id": 0}


def _own(family: str, name: str, task: Built, call: str, *arguments: object, **named: object) -> Entry:
    return Entry(name, family, calls_of("unseen_own")(call, *arguments, **named), task)


SEQ2SEQ = _own("recurrent", "GRU encoder and decoder with attention", given("spelled"), "Seq2Seq")
WAVENET = _own("other", "WaveNet, 8 gated layers", given("words"), "WaveNet")
FLOW = _own("other", "RealNVP, 6 couplings", given("likelihoods"), "Flow")
NERF = _own("coordinates", "NeRF, 8 layers", given("waves"), "Nerf")
CAPSULES = _own("other", "capsules with dynamic routing", given("images", 28), "Capsules")
SWITCH = _own("transformer", "switch transformer, 4 blocks", given("words"), "Switch")
DLRM = _own("tables", "DLRM", given("clicks"), "Clicks")
TABTRANSFORMER = _own("tables", "TabTransformer, 3 blocks, post-LN", given("clicks"), "TabTransformer")
SIAMESE = _own("CNN", "siamese network", given("discriminated", 16, 6, 16, 16), "Siamese")
VQVAE = _own("autoencoder", "VQ-VAE", given("quantized", 4, 3, 16, 16), "VectorQuantized")
DQN = _own("reinforcement", "dueling deep Q-network", given("values", 16, 4, 36, 36), "Dueling")
KIPF = _own("graph", "GCN by hand, 3 layers, Glorot", given("nodes"), "GraphConvolutions", 3)
MESSAGES = _own("graph", "message passing with a GRU cell", given("nodes"), "MessagePassing")
CIFAR = _own("CNN", "ResNet-20 for CIFAR-10", given("images", 32), "cifar_resnet")
STACKED = _own("autoencoder", "deep autoencoder, tanh", given("reconstructions", 16, 64), "stacked")
RESNEXT = torchvision("resnext50_32x4d", 64)
SEQUENCER = timm("sequencer2d_s", 32, img_size=32, patch_sizes=(4, 2, 1, 1), embed_dims=(32, 64, 64, 64))
FALCON = causal("Falcon")
SWIN = transformer(
    "SwinForImageClassification",
    "SwinConfig",
    given("labelled_images", 32),
    image_size=32,
    patch_size=4,
    embed_dim=24,
    depths=[2, 2],
    num_heads=[2, 4],
    window_size=4,
    num_labels=CLASSES,
)

_OWN = (
    SEQ2SEQ,
    WAVENET,
    FLOW,
    NERF,
    _own("coordinates", "random Fourier features", given("waves"), "FourierFeatures"),
    CAPSULES,
    SWITCH,
    DLRM,
    _own("tables", "wide and deep", given("clicks"), "WideAndDeep"),
    TABTRANSFORMER,
    SIAMESE,
    VQVAE,
    DQN,
    _own("reinforcement", "DDPG actor", given("values", 16, 8), "Actor"),
    KIPF,
    _own("graph", "GCN by hand, 8 layers, residual", given("nodes"), "GraphConvolutions", 8, residual=True),
    MESSAGES,
    _own("graph", "graph attention by hand, 2 layers", given("nodes"), "GraphAttention"),
    _own("other", "PointNet", given("sequences"), "Points"),
    _own("other", "deep sets", given("sequences"), "Sets"),
    _own("MLP", "highway network, 12 layers", given("vectors"), "Highway"),
    _own("residual MLP", "neural differential equation, 10 steps", given("vectors"), "Ode"),
    _own("MLP", "maxout network, 4 layers", given("vectors"), "Maxout"),
    _own("MLP", "densely connected layers", given("vectors"), "Dense"),
    _own("GAN", "StyleGAN's mapping network", given("vectors"), "Mapping"),
    _own("CNN", "convolutions over words, three lengths", given("words"), "TextConvolutions"),
    _own("recurrent", "convolution and bidirectional LSTM", given("sequences"), "Tagger"),
    _own("other", "diagonal state spaces, 4 layers", given("sequences"), "StateSpace"),
    _own("other", "radial basis functions", given("vectors"), "Radial"),
    CIFAR,
    _own("CNN", "ResNet-20 for CIFAR-10, pre-activation", given("images", 32), "cifar_resnet", first=True),
    _own("CNN", "EDSR, 6 blocks", given("generated", (4, 3, 8, 8), (4, 3, 16, 16)), "Sharper"),
    _own("GAN", "critic with layer normalization", given("discriminated", 16, 3, 32, 32), "critic"),
    _own("GAN", "discriminator with spectral normalization", given("discriminated", 16, 3, 32, 32), "spectral"),
    STACKED,
    _own("transformer", "MLP-Mixer by hand", given("images", 32), "Mixer"),
    _own("other", "Kolmogorov-Arnold network", given("vectors"), "Lines"),
)

_LIBRARIES = (
    RESNEXT,
    torchvision("efficientnet_v2_s", 64),
    torchvision_segmentation("deeplabv3_mobilenet_v3_large"),
    of(
        "torchvision",
        "mc3_18",
        "torchvision",
        Built("torchvision.models.video.mc3_18", num_classes=CLASSES),
        given("classified", 8, 3, 4, 32, 32),
    ),
    timm("starnet_s050", 64),
    timm("mobilenetv4_conv_small", 64),
    timm("rexnet_100", 64),
    timm("resnest14d", 64),
    timm("efficientvit_b0", 64),
    timm("visformer_tiny", 64, img_size=64),
    SEQUENCER,
    timm("mambaout_femto", 64),
    timm("selecsls42b", 64),
    timm("pvt_v2_b0", 64),
    timm("inception_next_atto", 64),
    timm("fasternet_t0", 64),
    timm("pit_ti_224", 64, img_size=64),
    timm("convit_tiny", 32, img_size=32, patch_size=8, embed_dim=48, depth=6),
    segmentation("DeepLabV3Plus", "resnet18"),
    segmentation("Segformer", "resnet18"),
    segmentation("MAnet", "resnet18"),
    geometric("EdgeCNN", 3),
    of(
        "torch_geometric",
        "GraphUNet",
        "graph",
        Built("torch_geometric.nn.models.GraphUNet", 16, 32, 4, 3),
        given("nodes"),
    ),
    FALCON,
    causal("StableLm", num_key_value_heads=2),
    transformer(
        "GPTNeoForCausalLM",
        "GPTNeoConfig",
        given("next_words"),
        vocab_size=WORDS,
        hidden_size=32,
        num_layers=4,
        num_heads=4,
        attention_types=[[["global", "local"], 2]],
        max_position_embeddings=32,
        window_size=8,
    ),
    encoder("FNet", "SequenceClassification", "sentences", tpu_short_seq_length=WORDS),
    encoder("ConvBert", "SequenceClassification", "sentences", embedding_size=32),
    encoder("SqueezeBert", "SequenceClassification", "sentences", embedding_size=32),
    SWIN,
    transformer(
        "PegasusForConditionalGeneration",
        "PegasusConfig",
        given("translations"),
        vocab_size=WORDS,
        **TWO_STACKS,
        max_position_embeddings=32,
        forced_eos_token_id=None,
        **_WORDS,
    ),
    of(
        "diffusers",
        "AutoencoderTiny",
        "autoencoder",
        Built(
            "diffusers.AutoencoderTiny",
            encoder_block_out_channels=(16, 16, 16, 16),
            decoder_block_out_channels=(16, 16, 16, 16),
            num_encoder_blocks=(1, 1, 1, 1),
            num_decoder_blocks=(1, 1, 1, 1),
        ),
        given("reconstructions", 4, 3, 32, 32),
    ),
)

_BROKEN = (
    broken(SEQ2SEQ, "detached", "encoder"),
    broken(WAVENET, "dead", "out.1"),
    broken(NERF, "weights divided by 3"),
    broken(NERF, "detached", "points.3"),
    broken(SWITCH, "detached", "blocks.1"),
    broken(DLRM, "dead", "bottom.2"),
    broken(SIAMESE, "infinite weight", "net.3"),
    broken(DQN, "overflow in half precision", "conv.2"),
    broken(DQN, "weights divided by 3"),
    broken(KIPF, "loss times 0"),
    broken(CIFAR, "no normalization + weights times 3"),
    broken(CIFAR, "detached", "7"),
    broken(SIAMESE, "sigmoid for the activation"),
    broken(STACKED, "weights times 3"),
    broken(STACKED, "weights divided by 3"),
    broken(STACKED, "detached", "8"),
    broken(RESNEXT, "detached", "layer3"),
    broken(FALCON, "infinite weight", "transformer.h.1.mlp.dense_h_to_4h"),
    broken(FALCON, "times 100", "transformer.h.1.mlp.dense_4h_to_h"),
    broken(SWIN, "detached", "swin.encoder.layers.0"),
)

ENTRIES: tuple[Entry, ...] = (*_OWN, *_LIBRARIES, *_BROKEN)
"""All of them, each with a name of its own."""
