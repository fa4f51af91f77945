"""Models written as a user writes them, for the tests of the library."""

from pathlib import Path
from typing import Any

import yaml

from autocrine.design.question import Model, make_model
from autocrine.input.schema import with_defaults

SCHEMA = yaml.safe_load(
    (Path(__file__).parents[1] / "workflow" / "schemas" / "config.schema.yaml").read_text(encoding="utf-8")
)


def model_of(design: str, contrasts: dict[str, dict[str, Any]], **entry: Any) -> Model:
    """Return the model "m" of a configuration, with the schema's defaults."""
    schema = SCHEMA["properties"]["models"]["additionalProperties"]
    return make_model("m", with_defaults({"design": design, "contrasts": contrasts, **entry}, schema))
