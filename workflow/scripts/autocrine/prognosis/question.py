"""What is asked of outcomes of patients: which column, of which samples, beside which covariates."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from autocrine.spelling import text_of

SURVIVAL, RESPONSE = "survival", "response"


@dataclass(frozen=True)
class Outcome:
    """An outcome of patients, to be tested against what their samples express.

    `kind` is "survival", time to an event: the columns `time` and `event`, of which `happened` is the value that says
    that the event came; or "response", a number in the column `value`. `unit` is that of the time, or of the response.
    `samples` selects the samples, one of each patient; `covariates` are columns of the sheet.
    """

    name: str
    title: str
    kind: str
    samples: Mapping[str, tuple[str, ...]]
    covariates: tuple[str, ...] = ()
    unit: str = ""
    time: str = ""
    event: str = ""
    happened: str = ""
    value: str = ""
    columns: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Gather the columns that hold the outcome."""
        held = (self.time, self.event) if self.kind == SURVIVAL else (self.value,)
        object.__setattr__(self, "columns", held)


def make_outcome(name: str, entry: Mapping[str, Any]) -> Outcome:
    """Turn one filled entry of `outcomes` into an outcome."""
    event, happened = next(iter(entry["event"].items())) if "event" in entry else ("", "")
    return Outcome(
        name=name,
        title=entry.get("title", name),
        kind=entry["kind"],
        samples={
            column: tuple(str(text_of(value)) for value in (kept if isinstance(kept, list) else [kept]))
            for column, kept in entry["samples"].items()
        },
        covariates=tuple(entry["covariates"]),
        unit=entry.get("unit", ""),
        time=entry.get("time", ""),
        event=event,
        happened=str(text_of(happened)),
        value=entry.get("value", ""),
    )
