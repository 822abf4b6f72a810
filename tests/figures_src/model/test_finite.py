"""Numbers that are not finite are refused in every place that is published, unless an `Overflow` says so on purpose."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from figures_src.drawing.finite import check_drawn
from figures_src.make.files import csv_table, offered
from figures_src.model import tables
from figures_src.model.exhibit import Answer, Check, Exhibit, Number, Question, Relation, Table
from figures_src.model.finite import Overflow, check_text, not_finite
from figures_src.model.language import Text

TITLE = Text(zh="甲", en="A")


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_by_its_name(value: float) -> None:
    def numbers(_: object) -> dict[str, Number]:
        return {"loss": Number(1.0, ".2f"), "rate": Number(value, ".2f")}

    exhibit = Exhibit("x", TITLE, lambda: None, None, None, None, numbers, None, None, None, None)
    with pytest.raises(ValueError, match=rf"^number rate: found {value}, allowed: a finite number$"):
        offered(exhibit, None)


@pytest.mark.parametrize("relation", ["<", ">", "="])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_check_that_is_not_finite_does_not_hold(value: float, relation: Relation) -> None:
    number = Number(value, "g")
    assert not Check(TITLE, number, relation, Number(1.0, "g"), TITLE, "-").holds
    assert not Check(TITLE, number, relation, number, TITLE, "-").holds


@pytest.mark.parametrize(
    "cell", [math.nan, -math.inf, "nan", "inf", "-inf", "NaN", "∞", "(1, 2, ∞)", "1.5 ± nan", "loss nan", "inf %"]
)
def test_a_cell_that_is_not_finite_is_refused_by_its_column(cell: str | float) -> None:
    with pytest.raises(ValueError, match=r"^Table: column 'b', row 2: found .*, allowed: a finite number, or an Overf"):
        Table(("a", "b"), ((1, 2.0), (1, cell)))


@pytest.mark.parametrize("cell", [1.5, "–", "overflow", "NaN among the inputs", "non-finite", "Information", "a_nan"])
def test_other_cells_are_let_through(cell: str | float) -> None:
    assert not_finite(cell) is None


def test_an_overflow_that_is_meant_is_shown_as_it_says() -> None:
    table = Table(("a",), ((1.0,), (Overflow("∞"),)))
    assert tables.aligned(table) == "| a |\n| --: |\n| 1.0 |\n| ∞ |\n"
    assert csv_table(table) == "a\n1\n∞\n"


def test_a_question_about_what_is_not_finite_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^Question: choice 2: found inf, allowed: a finite number$"):
        Question((Answer(Number(1.0, "g"), (Number(1.0, "g"), Number(math.inf, "g"))),))
    with pytest.raises(ValueError, match=r"^Question: a curve: found a value that is not finite"):
        Question((Answer(Number(1.0, "g"), (Number(1.0, "g"), Number(2.0, "g"))),), curve=(1.0, math.nan))


def test_a_block_with_a_number_that_is_not_finite_is_refused() -> None:
    check_text("block figure", '<path d="M0 1"/> inference, nano, Infinity, NaN')
    for text in ("<td>nan</td>", "M0 nan", "d=Minf"):
        with pytest.raises(ValueError, match=r"^block figure: found (nan|inf), allowed: finite numbers"):
            check_text("block figure", text)


def _line(figure: Figure) -> None:
    figure.subplots().plot([1, 2, 3], [1.0, math.nan, 3.0], label="ReLU")


def _marks(figure: Figure) -> None:
    figure.subplots().scatter([1, 2], [1.0, math.inf])


def _bar(figure: Figure) -> None:
    figure.subplots().barh([1, 2], [1.0, math.nan])


def _colors(figure: Figure) -> None:
    figure.subplots().scatter([1, 2], [1, 2], c=[1.0, math.nan])


def _mesh(figure: Figure) -> None:
    figure.subplots().pcolormesh([[1.0, math.inf]])


def _image(figure: Figure) -> None:
    figure.subplots().imshow([[1.0, math.nan]])


def _path(figure: Figure) -> None:
    figure.subplots().add_patch(PathPatch(Path([(0.0, 0.0), (math.nan, 1.0)])))


def _place(figure: Figure) -> None:
    figure.subplots().text(0, math.nan, "here")


def _label(figure: Figure) -> None:
    figure.subplots().text(0, 0, f"{math.nan:.2g}")


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (_line, "Line2D 'ReLU': found nan, allowed: finite numbers"),
        (_marks, "a PathCollection without a label: found inf"),
        (_bar, "a Rectangle without a label: found nan"),
        (_colors, "a PathCollection without a label: found nan"),
        (_mesh, "a QuadMesh without a label: found inf"),
        (_image, "an AxesImage without a label: found nan"),
        (_path, "a PathPatch without a label: found nan"),
        (_place, "the place of 'here': found nan"),
        (_label, "the label 'nan': found nan"),
    ],
)
def test_a_drawing_with_what_is_not_finite_is_refused(draw: Callable[[Figure], None], message: str) -> None:
    figure = Figure()
    draw(figure)
    with pytest.raises(ValueError, match=f"^{message}"):
        check_drawn(figure)


def test_a_gap_that_is_meant_is_masked() -> None:
    figure = Figure()
    axes = figure.subplots()
    axes.plot([1, 2, 3], np.ma.masked_invalid([1.0, math.nan, 3.0]), label="ReLU")
    axes.axhline(1.0)
    axes.fill_between([1, 2], [0, 1], [1, 2])
    axes.scatter([1, 2], [1, 2], c=[0.0, 1.0])
    axes.annotate("here", (1, 1), (2, 2), arrowprops={})
    axes.set_title("A title")
    axes.set_xscale("log")
    check_drawn(figure)
