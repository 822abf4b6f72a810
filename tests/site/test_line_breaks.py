"""Code on a page breaks at its joints, and a number does not break."""

import pytest

from figures_src.model.tables import extent
from figures_src.site.line_breaks import SHORT, with_line_breaks


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<code>make pdf</code>", '<code class="whole">make pdf</code>'),
        (f"<code>{'x' * SHORT}</code>", f'<code class="whole">{"x" * SHORT}</code>'),
        (f"<code>{'x' * SHORT}y</code>", f"<code>{'x' * SHORT}y</code>"),
        (
            "<code>batch_norm_finite_batch_factor(activation)</code>",
            "<code>batch_<wbr>norm_<wbr>finite_<wbr>batch_<wbr>factor(<wbr>activation)</code>",
        ),
        (
            "<code>gradlab experiment sigma-map --depth 40</code>",
            '<code><span class="whole">gradlab</span> <span class="whole">experiment</span>'
            ' <span class="whole">sigma-map</span> <span class="whole">--depth</span>'
            ' <span class="whole">40</span></code>',
        ),
        # A mark cannot start a line.
        ("<code>bias</code>、", '<span class="whole"><code class="whole">bias</code>、</span>'),
        # An entity is one character.
        ("<code>&quot;1&quot; &lt; x &lt; 3</code>", '<code class="whole">&quot;1&quot; &lt; x &lt; 3</code>'),
        (
            "<code>seeds=5, bins=24, epsilon=1e-12</code>",
            '<code><span class="whole">seeds=5,</span> <span class="whole">bins=24,</span>'
            ' <span class="whole">epsilon=<span class="number">1e-12</span></span></code>',
        ),
        # A number has no joint.
        ("<code>a_rather_long_name=1.5</code>", "<code>a_<wbr>rather_<wbr>long_<wbr>name=<wbr>1.5</code>"),
    ],
)
def test_inline_code(html: str, expected: str) -> None:
    assert with_line_breaks(f"<p>{html}</p>") == f"<p>{expected}</p>"


@pytest.mark.parametrize(
    "html",
    [
        "<pre><span></span><code>network.layers = a_long_line_of_code(1)</code></pre>",
        "<pre><code>network.layers = a_long_line_of_code(1)</code></pre>",
        '<code class="doc-type">tuple[gradlab.theory.Something, ...]</code>',
    ],
)
def test_the_rest_stays(html: str) -> None:
    assert with_line_breaks(html) == html


def test_a_name_breaks_after_its_dots() -> None:
    heading = '<span class="doc doc-object-name doc-module-name">gradlab.experiments.article.layer_profiles</span>'
    assert "gradlab.<wbr>experiments.<wbr>article.<wbr>layer_profiles</span>" in with_line_breaks(heading)


@pytest.mark.parametrize(
    ("title", "shown"),
    [
        ("Finite width: a seed is a sample", 'Finite width: <span class="whole">a seed is a sample</span>'),
        ("残差连接：2ᴸ、e，还是 L 的幂", '残差连接：<span class="whole">2ᴸ、e，还是 L 的幂</span>'),
        ("Vanishing and exploding gradients", "Vanishing and exploding gradients"),
        ("A title: whose second part is too long", "A title: whose second part is too long"),
    ],
)
def test_a_title_breaks_between_its_parts(title: str, shown: str) -> None:
    assert with_line_breaks(f'<h1 id="x">{title}<a>¶</a></h1>') == f'<h1 id="x">{shown}<a>¶</a></h1>'


def test_a_power_of_ten_stays_whole() -> None:
    assert (
        with_line_breaks("<p>3.6\u00a0×\u00a010⁻¹²。</p>")
        == '<p><span class="number">3.6\u00a0×\u00a010⁻¹²</span>。</p>'
    )


def test_a_formula_stays_with_the_number_that_it_is_equal_to() -> None:
    equality = '<math><mi>q</mi></math>\u00a0=\u00a0<data class="number" value="1">1</data>'
    formula = "<math><mi>c</mi></math>"
    assert with_line_breaks(f"{formula}, {equality}.") == f'{formula}, <span class="whole">{equality}</span>.'


def test_a_long_range_is_marked_with_both_ends() -> None:
    cells = "".join(f"<td>{extent(low, high)}</td>" for low, high in (("650", "1.1\u00a0×\u00a010³"), ("0.1", "0.2")))
    marked = '<span class="extent">650\u00a0– <span class="number">1.1\u00a0×\u00a010³</span></span>'
    assert with_line_breaks(cells) == f"<td>{marked}</td><td>0.1–\u20600.2</td>"


@pytest.mark.parametrize(
    "html",
    [
        '<img alt="3.6\u00a0×\u00a010⁻¹²">',
        "<svg><text>3.6\u00a0×\u00a010⁻¹²</text></svg>",
        '<data class="number" value="1">3.6\u00a0×\u00a010⁻¹²</data>',
        '<span class="number">3.6\u00a0×\u00a010⁻¹²</span>',
    ],
)
def test_attributes_drawings_and_marked_numbers_stay(html: str) -> None:
    assert with_line_breaks(html) == html
