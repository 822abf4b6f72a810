"""Rows of the probe's tables as a data frame."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple
from typing import Any

from gradlab.probing.step import ProbeError


def data_frame(rows: Iterable[Any], columns: Sequence[str]) -> Any:
    """Instances of a dataclass with these fields as a pandas DataFrame.

    Raises:
        ProbeError: pandas is not installed.

    """
    try:
        import pandas as pd  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        raise ProbeError("to_dataframe: needs pandas; `pip install pandas`, or use to_csv()") from None
    return pd.DataFrame([astuple(row) for row in rows], columns=list(columns))
