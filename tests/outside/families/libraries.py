"""Networks of further libraries: segmentation, diffusion, graphs, tables, reinforcement learning and sines."""

from tests.outside.built import Built
from tests.outside.entries import Entry, broken, given, of, own, seeds
from tests.outside.tasks import CLASSES


def segmentation(name: str, encoder: str, size: int = 64) -> Entry:
    """A network of segmentation_models_pytorch."""
    model = Built(f"segmentation_models_pytorch.{name}", encoder, encoder_weights=None, classes=4)
    return of("segmentation_models_pytorch", f"{name}, {encoder}", "segmentation", model, given("pixels", size))


def geometric(name: str, layers: int, **named: object) -> Entry:
    """A network of torch_geometric."""
    model = Built(f"torch_geometric.nn.models.{name}", 16, 32, layers, 4, **named)
    return of("torch_geometric", f"{name}, {layers} layers", "graph", model, given("nodes"))


_UNET2D = Built(
    "diffusers.UNet2DModel",
    sample_size=16,
    block_out_channels=[16, 32],
    layers_per_block=1,
    norm_num_groups=8,
    attention_head_dim=8,
    down_block_types=["DownBlock2D", "AttnDownBlock2D"],
    up_block_types=["AttnUpBlock2D", "UpBlock2D"],
)
_CONDITIONED = Built(
    "diffusers.UNet2DConditionModel",
    sample_size=16,
    in_channels=3,
    out_channels=3,
    block_out_channels=[16, 32],
    layers_per_block=1,
    norm_num_groups=8,
    attention_head_dim=4,
    cross_attention_dim=16,
    down_block_types=["CrossAttnDownBlock2D", "DownBlock2D"],
    up_block_types=["UpBlock2D", "CrossAttnUpBlock2D"],
)
_DIT = Built(
    "diffusers.DiTTransformer2DModel",
    num_attention_heads=4,
    attention_head_dim=8,
    in_channels=3,
    out_channels=3,
    num_layers=4,
    norm_num_groups=8,
    sample_size=16,
    patch_size=4,
    num_embeds_ada_norm=8,
)
_KL = Built(
    "diffusers.AutoencoderKL",
    block_out_channels=[16, 32],
    down_block_types=["DownEncoderBlock2D"] * 2,
    up_block_types=["UpDecoderBlock2D"] * 2,
    norm_num_groups=8,
)
DIFFUSION = of("diffusers", "UNet2DModel", "diffusion", _UNET2D, given("denoised", 16))
GCN = geometric("GCN", 2)
UNET = segmentation("Unet", "resnet18")
_POLICY = Built(
    "stable_baselines3.common.policies.ActorCriticPolicy",
    own("box", 8),
    Built("gymnasium.spaces.Discrete", 4),
    own("constant_rate"),
)
POLICY = of(
    "stable_baselines3",
    "MlpPolicy",
    "PPO",
    own("Policy", _POLICY),
    given("rewards", 32, 8),
)
TABULAR = of(
    "rtdl_revisiting_models",
    "ResNet",
    "tables",
    Built(
        "rtdl_revisiting_models.ResNet",
        d_in=32,
        d_out=CLASSES,
        n_blocks=4,
        d_block=64,
        d_hidden_multiplier=2.0,
        dropout1=0.0,
        dropout2=0.0,
    ),
    given("vectors"),
)

SOUND = (
    *seeds(UNET, 1),
    segmentation("UnetPlusPlus", "resnet18"),
    segmentation("FPN", "mobilenet_v2"),
    segmentation("Linknet", "resnet18"),
    *seeds(DIFFUSION, 1),
    of("diffusers", "UNet2DConditionModel", "diffusion", _CONDITIONED, given("denoised", 16, context=16)),
    of("diffusers", "DiTTransformer2DModel", "diffusion", _DIT, given("denoised", 16, classes=True)),
    of("diffusers", "AutoencoderKL", "autoencoder", _KL, given("reconstructions", 4, 3, 16, 16)),
    *seeds(GCN, 1),
    geometric("GCN", 4),
    geometric("GraphSAGE", 2),
    geometric("GraphSAGE", 3),
    geometric("GAT", 2),
    geometric("GIN", 3),
    *seeds(POLICY, 1),
    *seeds(TABULAR, 1),
    of(
        "rtdl_revisiting_models",
        "MLP",
        "tables",
        Built("rtdl_revisiting_models.MLP", d_in=32, d_out=CLASSES, n_blocks=4, d_block=64, dropout=0.0),
        given("vectors"),
    ),
    of(
        "siren_pytorch",
        "SirenNet",
        "coordinates",
        Built("siren_pytorch.SirenNet", dim_in=2, dim_hidden=64, dim_out=1, num_layers=4, w0_initial=30.0),
        given("waves"),
    ),
)

BROKEN = (
    broken(UNET, "no normalization + weights times 3"),
    broken(UNET, "detached", "encoder.layer2"),
    broken(UNET, "zero read-out", "segmentation_head.0"),
    broken(UNET, "dead", "decoder.blocks.2.conv1.1"),
    broken(DIFFUSION, "loss times 0"),
    broken(DIFFUSION, "detached", "mid_block"),
    broken(DIFFUSION, "infinite weight", "down_blocks.1.resnets.0.conv1"),
    broken(geometric("GIN", 3), "detached", "convs.1"),
    broken(TABULAR, "no normalization + weights times 3"),
)
