"""Networks of torchvision and timm, with their own initialization."""

from tests.outside.built import Built
from tests.outside.entries import Entry, broken, given, of, own, seeds
from tests.outside.tasks import CLASSES

_ZOO = "torchvision.models."


def torchvision(name: str, size: int = 32, **named: object) -> Entry:
    """An image classifier of torchvision."""
    shown = ", ".join([f"{size} px", *(key for key in named)])
    model = Built(f"{_ZOO}{name}", **named, num_classes=CLASSES)
    return of("torchvision", f"{name}, {shown}", "torchvision", model, given("images", size))


def torchvision_segmentation(name: str) -> Entry:
    """A network of torchvision that says a class for every pixel."""
    model = Built(f"{_ZOO}segmentation.{name}", weights=None, weights_backbone=None, num_classes=4)
    return of("torchvision", name, "segmentation", model, given("pixels", 64))


def _features(name: str) -> Entry:
    """A VGG as it is used on small images: its features with one linear layer on top."""
    model = own("on_small_images", Built(f"{_ZOO}{name}"), 512, CLASSES)
    return of("torchvision", f"{name} features", "torchvision", model, given("images", 32))


_QUARTER = [16, 16, "M", 32, 32, "M", 64, 64, 64, "M", 128, 128, 128, "M", 128, 128, 128, "M"]
RESNET18 = torchvision("resnet18")
RESNET50 = torchvision("resnet50", 64)
VGG16 = _features("vgg16")
# A VGG-16 of a quarter of the width.
NARROW_VGG16 = of(
    "torchvision",
    "VGG, 13 convolutions, narrow",
    "torchvision",
    own(
        "on_small_images",
        Built("torchvision.models.VGG", Built("torchvision.models.vgg.make_layers", _QUARTER), 1),
        128,
        CLASSES,
    ),
    given("images", 32),
)
VGG16_BN = _features("vgg16_bn")
VIT = of(
    "torchvision",
    "VisionTransformer, 6 blocks",
    "torchvision",
    Built(
        f"{_ZOO}VisionTransformer",
        image_size=32,
        patch_size=8,
        num_layers=6,
        num_heads=4,
        hidden_dim=64,
        mlp_dim=128,
        num_classes=CLASSES,
    ),
    given("images", 32),
)
SWIN = of(
    "torchvision",
    "SwinTransformer, small",
    "torchvision",
    Built(
        f"{_ZOO}SwinTransformer",
        patch_size=[2, 2],
        embed_dim=32,
        depths=[2, 2, 4],
        num_heads=[2, 4, 8],
        window_size=[4, 4],
        num_classes=CLASSES,
    ),
    given("images", 32),
)
MOBILENET = torchvision("mobilenet_v2")
DENSENET = torchvision("densenet121")

TORCHVISION = (
    *seeds(RESNET18, 1),
    torchvision("resnet18", 64),
    torchvision("resnet34"),
    *seeds(RESNET50, 1, 2),
    torchvision("resnet50", 64, zero_init_residual=True),
    VGG16,
    NARROW_VGG16,
    *seeds(_features("vgg11"), 1),
    VGG16_BN,
    torchvision("alexnet", 64),
    DENSENET,
    *seeds(MOBILENET, 1),
    *seeds(torchvision("mobilenet_v3_small"), 1),
    *seeds(torchvision("efficientnet_b0"), 1),
    torchvision("efficientnet_b0", 64),
    *seeds(torchvision("convnext_tiny"), 1),
    *seeds(VIT, 1),
    SWIN,
    torchvision("squeezenet1_1", 64),
    torchvision("shufflenet_v2_x0_5"),
    torchvision("regnet_y_400mf"),
    torchvision("mnasnet0_5"),
    of(
        "torchvision",
        "googlenet, 64 px",
        "torchvision",
        Built(f"{_ZOO}googlenet", num_classes=CLASSES, init_weights=True),
        given("with_auxiliary", 64, 0.3, 2),
    ),
    torchvision_segmentation("lraspp_mobilenet_v3_large"),
    broken(RESNET18, "no normalization"),
    broken(RESNET18, "no normalization + weights times 3"),
    broken(RESNET18, "weights times 3"),
    broken(RESNET18, "sigmoid for the activation"),
    broken(RESNET18, "detached", "layer2"),
    broken(RESNET18, "zero read-out", "fc"),
    broken(RESNET18, "loss times 0"),
    broken(RESNET18, "dead", "layer3.0.bn1"),
    broken(RESNET18, "infinite weight", "layer2.0.conv1"),
    broken(RESNET18, "overflow in half precision", "layer3.1.bn2"),
    broken(RESNET18, "times 100", "layer2.0.conv1"),
    broken(torchvision("resnet50"), "no normalization"),
    broken(NARROW_VGG16, "weights times 3"),
    broken(NARROW_VGG16, "weights divided by 3"),
    broken(NARROW_VGG16, "sigmoid for the activation"),
    broken(NARROW_VGG16, "zero read-out", "3"),
    broken(NARROW_VGG16, "dead", "0.14"),
    broken(NARROW_VGG16, "times 100", "0.14"),
    broken(NARROW_VGG16, "detached", "0.14"),
    broken(NARROW_VGG16, "overflow in half precision", "0.14"),
    broken(MOBILENET, "no normalization"),
    broken(DENSENET, "no normalization"),
    broken(VIT, "detached", "encoder.layers.encoder_layer_3"),
    broken(VIT, "no normalization"),
    broken(VIT, "weights times 3"),
)


def timm(name: str, size: int, **named: object) -> Entry:
    """An image classifier of timm."""
    model = Built("timm.create_model", name, num_classes=CLASSES, **named)
    return of("timm", f"{name}, {size} px", "timm", model, given("images", size))


_TINY = {"img_size": 32, "patch_size": 8, "embed_dim": 64, "depth": 6, "num_heads": 4}

TIMM = (
    *seeds(timm("test_vit", 32, img_size=32), 1),
    timm("test_resnet", 64),
    timm("test_efficientnet", 64),
    timm("test_convnext", 64),
    timm("resnet10t", 64),
    timm("resnetv2_50", 64),
    # Branches that begin at 0: what takes their output is given zeros alone in the first step.
    timm("test_byobnet", 64),
    timm("test_nfnet", 64),
    timm("cs3darknet_focus_s", 64),
    timm("csatv2", 64),
    *seeds(timm("convnextv2_atto", 64), 1),
    timm("deit_tiny_patch16_224", 32, **_TINY),
    timm("vit_tiny_patch16_224", 32, **_TINY),
    timm("beit_base_patch16_224", 32, **_TINY),
    timm("cait_xxs24_224", 32, **{**_TINY, "depth": 4}),
    timm("mixer_s32_224", 64, img_size=64),
    timm("resmlp_12_224", 64, img_size=64),
    timm("gmlp_ti16_224", 64, img_size=64),
    timm("levit_128s", 224),
    timm("mobilevit_xxs", 64),
    timm("ghostnet_050", 64),
    timm("repvgg_a0", 64),
    timm("nf_resnet26", 64),
    timm("skresnet18", 64),
    timm("regnetx_002", 64),
    timm("poolformer_s12", 64),
    timm("edgenext_xx_small", 64),
    timm("mobileone_s0", 64),
    timm("tinynet_e", 64),
    timm("lcnet_050", 64),
    timm("dla46_c", 64),
    timm("hardcorenas_a", 64),
    timm("maxvit_pico_rw_256", 64, img_size=64),
    timm("coatnet_pico_rw_224", 64, img_size=64),
    timm("xcit_nano_12_p16_224", 64, img_size=64),
)
