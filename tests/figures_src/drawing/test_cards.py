"""Preview cards and icons: what they are, that they do not change from run to run, and what is refused."""

import io
import subprocess
import sys

import matplotlib as mpl
import pytest
from PIL import Image

from figures_src.cache.catalog import Catalog
from figures_src.drawing import cards
from figures_src.model.failures import ROOT
from figures_src.site import previews

GRADIENTS = ((1e3, 30.0, 1.0), (1.0, 1.0, 1.0), (1e-6, 1e-3, 1.0))


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("title", ["梯度消失和爆炸问题", "Residual connections: 2ᴸ, e or a power of L"])
def test_a_card_is_a_small_palette_picture_of_the_size_that_is_asked_for(title: str) -> None:
    content = cards.card(title, "Gradient Lab", GRADIENTS)
    drawn = picture(content)
    assert (drawn.size, drawn.mode) == ((1200, 630), "P")
    assert len(content) < 40_000
    colours = {colour for _, colour in drawn.convert("RGB").getcolors() or []}
    assert {(16, 52, 76), (255, 255, 255), (86, 180, 233)} <= colours


def test_titles_differ_and_stay_inside() -> None:
    one, other = (
        picture(cards.card(title, "x", GRADIENTS)).convert("L")
        for title in ("Theory", "A" + " very" * 18 + " long title")
    )
    assert one.tobytes() != other.tobytes()
    right = other.crop((cards.WIDTH - 40, 0, cards.WIDTH, cards.HEIGHT))
    assert len(set(right.tobytes())) == 1, "something is drawn at the very edge"


def test_another_process_draws_the_same_bytes() -> None:
    drawn = f"card('梯度消失', '梯度实验室', {GRADIENTS})"
    code = f"import sys; from figures_src.drawing.cards import card; sys.stdout.buffer.write({drawn})"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout == cards.card("梯度消失", "梯度实验室", GRADIENTS)


def test_a_title_breaks_after_its_colon_and_before_no_punctuation() -> None:
    assert cards._broken("有限宽度，随机", lambda text: len(text), 4) == ["有限宽", "度，随机"]
    assert cards._broken("two words here", lambda text: len(text), 9) == ["two words", "here"]
    assert cards._PART.findall("残差连接：2ᴸ，还是 L") == ["残差连接：", "2ᴸ，还是 L"]
    assert cards._PART.findall("Cure: and cause") == ["Cure: ", "and cause"]


def test_a_character_without_a_glyph_and_a_title_without_end_are_refused() -> None:
    with pytest.raises(ValueError, match=r"ttf has no glyph for '鱻' \(U\+9C7B\); .* run: python -m"):
        cards.card("鱻", "x", GRADIENTS)
    with pytest.raises(ValueError, match="is too long for a preview card; 3 lines are allowed"):
        cards.card("word " * 60, "x", GRADIENTS)


def test_the_settings_of_a_build_do_not_change_an_icon() -> None:
    with mpl.rc_context({"savefig.facecolor": "none"}):  # the notebook's, which a build sets
        inside = cards.icon(48)
    assert inside == cards.icon(48)


@pytest.mark.parametrize("size", [192, 512])
def test_an_icon_keeps_clear_of_its_corners(size: int) -> None:
    drawn = picture(cards.icon(size)).convert("RGB")
    assert drawn.size == (size, size)
    edge = round(size * (1 - cards.SAFE) / 2)
    assert drawn.crop((0, 0, size, edge)).getcolors() == [(size * edge, (16, 52, 76))]
    assert len(drawn.getcolors() or []) >= 5


def test_a_card_shows_the_gradients_that_were_measured(made: Catalog) -> None:
    article, he, default = previews.measured_gradients(made)
    assert article[0] == float(made.numbers["explosion.max_gradient"].significant), "the article's network"
    assert 0.1 < he[0] < 10
    assert default[0] < 1e-6
    assert cards.card("a", "x", (article, he)) != cards.card("a", "x", (article, default))
