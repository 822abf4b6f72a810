"""δ, W and σ_w are found where they stand, and nowhere else."""

from typing import Any

import pytest

from figures_src.site.quantities import with_quantities
from tests.serving import Site
from tests.site.views import PALETTES


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<mi>δ</mi>", '<mi class="is-delta">δ</mi>'),
        ("<msub><mi>W</mi><mi>l</mi></msub>", '<msub><mi class="is-w">W</mi><mi>l</mi></msub>'),
        (
            "<msubsup><mi>σ</mi><mi>w</mi><mn>2</mn></msubsup>",
            '<msubsup><mi class="is-sigma-w">σ</mi><mi>w</mi><mn>2</mn></msubsup>',
        ),
        ("‖δ‖ of layer 1", '‖<span class="is-delta">δ</span>‖ of layer 1'),
        ("<th>‖∂W‖/‖W‖</th>", '<th>‖∂<span class="is-w">W</span>‖/‖<span class="is-w">W</span>‖</th>'),
        ("W<sub>l</sub>", '<span class="is-w">W</span><sub>l</sub>'),
        ("at σ<sub>w</sub> = 1", 'at <span class="is-sigma-w">σ<sub>w</sub></span> = 1'),
        ("在σ_w处", '在<span class="is-sigma-w">σ_w</span>处'),
        ('<svg a="δ"><text>‖δ‖</text></svg>', '<svg a="δ"><text>‖<tspan class="is-delta">δ</tspan>‖</text></svg>'),
    ],
)
def test_a_quantity_has_its_class(html: str, expected: str) -> None:
    assert with_quantities(html) == expected


@pytest.mark.parametrize(
    "html",
    [
        "<mi>σ</mi><mo>(</mo><mi>x</mi>",  # the sigmoid function
        "<msub><mi>σ</mi><mi>b</mi></msub>",
        "<p>W. K. and a Windows machine</p>",
        '<a aria-label="measured δ" title="‖∂W‖, σ_w">✓</a>',
        "<pre><samp>‖δ‖  σ_w</samp></pre>",
        "<code>δ</code>",
        "<svg><title>‖δ‖</title><desc>σ_w</desc></svg>",
    ],
)
def test_all_else_stays(html: str) -> None:
    assert with_quantities(html) == html


def luminance(colour: str) -> float:
    """The relative luminance of a colour as a browser computes it, by WCAG 2."""
    parts = [int(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("media", ["screen", "print"])
@pytest.mark.parametrize("palette", PALETTES)
def test_each_quantity_has_a_colour_of_its_own_that_can_be_read(site: Site, tab: Any, palette: str, media: str) -> None:
    page = tab(color_scheme=palette)
    page.goto(f"{site.address}en/theory/")
    page.emulate_media(media=media, color_scheme=palette)
    colour = "element => getComputedStyle(element).color"
    found = [
        page.locator(f"article math .{name}").first.evaluate(colour) for name in ("is-delta", "is-w", "is-sigma-w")
    ]
    # The index of σ_w is a part of its name; that of a layer is not.
    assert page.locator("article math .is-sigma-w + mi").first.evaluate(colour) == found[2]
    text = page.locator("article p").first.evaluate(colour)
    assert page.locator("article math .is-delta + mi").first.evaluate(colour) == text
    assert len({*found, text}) == 4
    ground = (
        page.evaluate("getComputedStyle(document.body).backgroundColor") if media == "screen" else "rgb(255,255,255)"
    )
    for one in found:
        dark, light = sorted((luminance(one), luminance(ground)))
        assert (light + 0.05) / (dark + 0.05) >= 4.5
