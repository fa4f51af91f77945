"""From templates and values to a page: values are escaped, scripts are named in its policy."""

import base64
import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from autocrine.claims.of_cells import RATIOS, ratio_words, subject_words
from autocrine.page.payload import compress_text

# Beyond so many digits after the point a number is written with a power of ten.
MOST_DIGITS = 5
# Effects of two groups have so many.
USUAL_DIGITS = 2
# The log2 fold change whose cell has the full colour.
FULL_SHADE = 4.0


@dataclass(frozen=True)
class Library:
    """A script that the page holds compressed; the page's scripts unpack and run it when something first needs it.

    Attributes
    ----------
    name
        Of the library.
    source
        Its text.
    """

    name: str
    source: str

    @property
    def packed(self) -> str:
        """The source as `autocrine.page.payload.compress_text` writes it."""
        return compress_text(self.source.encode("utf-8"))


def read_library(path: str | Path) -> Library:
    """Read a library from its file, called by the first part of the name."""
    # A source map is a second file, which a browser's tools would ask for.
    source = re.sub(r"^//# sourceMappingURL=.*$", "", Path(path).read_text(encoding="utf-8"), flags=re.MULTILINE)
    return Library(Path(path).name.split(".")[0], source)


def read_page(files: Mapping[str, Sequence[str | Path]]) -> dict[str, Any]:
    """Read the files of a page into what `render` and the templates take of them.

    Parameters
    ----------
    files
        Paths by kind: ``templates``, ``styles``, ``dark`` (the style of the dark page), ``first_scripts``,
        ``libraries``, ``scripts`` (one library, called "page") and ``licences``.

    Returns
    -------
    ``templates``, ``style``, ``scripts``, ``libraries``, ``dark`` and ``licences``.
    """
    texts = {
        kind: {Path(path).name: Path(path).read_text(encoding="utf-8") for path in paths}
        for kind, paths in files.items()
        if kind != "libraries"
    }
    return {
        "templates": texts["templates"],
        "style": "\n".join(texts["styles"].values()),
        "dark": Markup("\n".join(texts["dark"].values())),
        "scripts": list(texts["first_scripts"].values()),
        "libraries": [*map(read_library, files["libraries"]), Library("page", "\n".join(texts["scripts"].values()))],
        "licences": texts["licences"],
    }


def find_digits(effects: Any) -> int:
    """Return with how many digits after the point effects are written beside one another.

    Two, and where the largest of them is below 0.1 so many that it has three that count.

    Parameters
    ----------
    effects
        A number, several, or a row with an effect (log2_fc or estimate) and, if it has one, its interval (ci_low and
        ci_high).
    """
    if isinstance(effects, Mapping):
        effects = [effects.get(name) for name in ("log2_fc", "estimate", "ci_low", "ci_high")]
    numbers = effects if isinstance(effects, Sequence) else [effects]
    largest = max((abs(value) for value in numbers if value is not None and math.isfinite(value)), default=0.0)
    return USUAL_DIGITS if largest >= 0.1 or not largest else 2 - math.floor(math.log10(largest))


def format_number(value: Any, digits: int = 2) -> str:
    """Write a number for a reader: thousands separated, missing ones as a dash; see `find_digits` for its digits."""
    if value is None or value != value:
        return "–"
    if abs(value) == float("inf"):
        return "∞" if value > 0 else "−∞"
    if not isinstance(value, int) and abs(value) >= 1e9:
        number, power = f"{abs(value):.2e}".split("e+")
        return f"{'−' * (value < 0)}{number}e{int(power)}"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}".replace("-", "−")
    if digits > MOST_DIGITS:
        return _format_small(value)
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("-")


def _format_small(value: float) -> str:
    """Write three digits that count, from 0.001 on without a power of ten."""
    sign, size = "−" * (value < 0), abs(value)
    if size >= 0.001:
        return f"{sign}{size:.{max(0, 2 - math.floor(math.log10(size)))}f}"
    number, power = f"{size:.2e}".split("e")
    return f"{sign}{number}e{int(power)}" if size else "0"


def format_p_value(value: Any) -> str:
    """Write a p-value for a reader."""
    if value is None or value != value:
        return "–"
    if value < 1e-300:
        return "<1e-300"
    return f"{value:.1e}".replace("e-0", "e-") if value < 0.001 else f"{value:.3f}"


def format_fold(log2: float) -> str:
    """Write a log2 fold change as a fold change without direction: 2.5 as "5.7-fold"."""
    times = 2 ** abs(log2)
    if times >= 10:
        return f"{times:,.0f}-fold"
    # Per unit of a measurement a change is often close to 1: as many digits as show it.
    digits = 1 if times >= 1.1 else 3 if times >= 1.001 or times == 1 else 1 - math.floor(math.log10(times - 1))
    return f"{times:.{digits}f}-fold"


def name_subject(claim: Mapping[str, Any]) -> str:
    """Return what a claim is about: a gene, a score without underscores, or what of cells."""
    if claim["of_cells"]:
        return subject_words(claim["of_cells"], claim["cells_subject"])
    return claim["gene"] or claim["score"].replace("_", " ")


def format_effect(row: Mapping[str, Any], of: str = "log2_fc") -> str:
    """Write an effect of a claim in its unit, and what it is `per`; logarithms of ratios as these.

    `of` names the effect in the row of the claim.
    """
    value, unit, per = row[of], row["unit"], row.get("per", "")
    if unit in RATIOS:
        return f"{RATIOS[unit][0]} {format_number(_ratio(value))}{per}"
    number = format_number(value, find_digits(row))
    return f"log2 {number}{per}" if unit == "log2" else f"{number} {unit}".rstrip() + per


def format_interval(row: Mapping[str, Any]) -> str:
    """Write the interval of a claim's effect on the scale of `format_effect`; empty where there is none."""
    ends = [row["ci_low"], row["ci_high"]]
    if ends[0] != ends[0]:
        return ""
    if row["unit"] in RATIOS:
        return " to ".join(format_number(_ratio(end)) for end in ends)
    return " to ".join(format_number(end, find_digits(row)) for end in ends)


def format_detectable(row: Mapping[str, Any]) -> str:
    """Write within a sentence which effect a single test of a claim would have found: "an odds ratio of 2"."""
    if row["unit"] in RATIOS:
        return f"{ratio_words(row['min_detectable_log2_fc'], row['unit'])}{row.get('per', '')}"
    return format_effect(row, "min_detectable_log2_fc")


def _ratio(log2: float) -> float:
    return 2.0**log2 if log2 < 1000 else math.inf


def shade(log2_fc: float, highest: object = "", largest: float = FULL_SHADE) -> str:
    """Return the class of a heatmap cell: "s-10" (lowest) over "s0" to "s10" (highest); "none" without an estimate.

    Where a group is named highest, groups differ without direction: "d0" to "d10".
    """
    if log2_fc is None or log2_fc != log2_fc:
        return "none"
    kind = "d" if isinstance(highest, str) and highest else "s"
    return f"{kind}{round(max(-1.0, min(1.0, log2_fc / largest)) * 10)}"


def script_hash(script: str) -> str:
    """Return the source expression by which a content security policy allows this script and no other."""
    return "'sha256-" + base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii") + "'"


def render(
    templates: Mapping[str, str],
    first: str,
    style: str,
    scripts: Sequence[str],
    libraries: Sequence[Library] = (),
    **content: Any,
) -> str:
    """Fill the page's templates; every value is escaped.

    Parameters
    ----------
    templates
        Name -> Jinja2 source; they may include one another by name.
    first
        Name of the template of the page.
    style
        CSS, put into the page as it is.
    scripts
        Scripts, put into the page as they are. The page's policy allows these, the libraries, and no others.
    libraries
        Scripts that the page holds compressed.
    content
        What the templates name; a name that is lacking is an error.

    Raises
    ------
    ValueError
        If a script holds what would end its element.
    """
    if any("</script" in script.lower() or "<!--" in script for script in scripts):
        raise ValueError("a script holds </script or <!--, which would end it early")
    environment = Environment(
        loader=DictLoader(dict(templates)), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.tests["finite"] = math.isfinite
    environment.filters["number"] = format_number
    environment.filters["digits"] = find_digits
    environment.filters["p_value"] = format_p_value
    # Unlike "capitalize" it leaves names of samples and genes as they are.
    environment.filters["capitalised"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["shade"] = shade
    environment.filters["subject"] = name_subject
    environment.filters["effect_of"] = format_effect
    environment.filters["detectable_of"] = format_detectable
    environment.filters["interval_of"] = format_interval
    return environment.get_template(first).render(
        style=Markup(style),
        scripts=[Markup(script) for script in scripts],
        libraries=libraries,
        script_hashes=Markup(" ".join(map(script_hash, [*(each.source for each in libraries), *scripts]))),
        **content,
    )
