"""Watch a network of your own while it trains: what every layer does to the signal and to the gradient.

    with gradlab.probe(model) as record:
        loss_fn(model(x), y).backward()
    print(record.report())

Nothing of the model is changed: gradients with the probe are bitwise those without it, and after the block every hook
is gone. Notation: z is what a layer with weights puts out, δ the gradient of the loss with respect to z, a = φ(z).
"""

from gradlab.probing.advice import Advised
from gradlab.probing.classification import Role
from gradlab.probing.finding import Advice, Cause, Finding, Verdict
from gradlab.probing.history import Entry, History, HistoryRow
from gradlab.probing.log import Log
from gradlab.probing.record import Record, probe
from gradlab.probing.report import Report, Row
from gradlab.probing.step import LayerCall, ParameterReading, ProbeError, Step
from gradlab.probing.watch import Scaler

__all__ = [
    "Advice",
    "Advised",
    "Cause",
    "Entry",
    "Finding",
    "History",
    "HistoryRow",
    "LayerCall",
    "Log",
    "ParameterReading",
    "ProbeError",
    "Record",
    "Report",
    "Role",
    "Row",
    "Scaler",
    "Step",
    "Verdict",
    "probe",
]
