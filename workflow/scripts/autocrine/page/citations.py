"""Sentences for a paper: of a gene in a comparison, with places for its numbers, and of a claim, whole.

Each says n, effect, interval, p-value, the family of tests over which it is adjusted, and the objections to it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from autocrine.claims.of_cells import ABUNDANCE
from autocrine.page.render import format_effect, format_interval, format_p_value, name_subject

GENE, FAMILY = {"value": "gene"}, {"value": "family"}


def cite_gene(
    said: Sequence[Any], more: Sequence[Any], effect: str, alpha: float, *, tested: bool, of_difference: bool = False
) -> list[Any]:
    """Return the sentence of a gene in parts, which the page joins.

    Parameters
    ----------
    said, more
        The outcome of the gene, in parts and without the stop at its end, and further sentences; see
        `autocrine.page.gene_words.GeneWords`.
    effect
        What the effect is called.
    alpha
        Of the interval.
    tested
        Whether there are numbers to write.
    of_difference
        Whether the p-value is not that of what is said, but of a difference.

    Returns
    -------
    Text, and parts that stand for what the page writes: `value` (the gene's symbol, or the family of tests), `number`
    (an effect or an end of its interval), `p` (a p-value), and `where` a number is known, `then` further parts.
    """
    if not tested:
        return [GENE, ": ", *said, ".", *more]
    interval = [f", {100 * (1 - alpha):g}% interval ", {"number": "low"}, " to ", {"number": "high"}]
    of = " of a difference" if of_difference else ""
    evidence = [
        {"where": "log2", "then": [f"{effect} ", {"number": "log2"}]},
        {"where": "low", "then": interval},
        {"where": "adj", "then": [f"; adjusted p{of} ", {"p": "adj"}, ", ", FAMILY]},
    ]
    return [GENE, ": ", *said, " (", *evidence, ").", *more]


def count_samples(sections: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return "model/contrast" -> what is compared with what, and of how many samples also where groups are not named.

    `sections` are those of `autocrine.page.explorer.describe_sections`.
    """
    said = {}
    for part in sections:
        number = len({sample for members in part["record"]["groups"].values() for sample in members})
        more = f"; {number} samples" if part["contrast"].difference else ""
        said[f"{part['model'].name}/{part['contrast'].name}"] = f"{part['said']}{more}"
    return said


def frame_comparison(title: str, said: str, warnings: Sequence[str], simulated: bool) -> dict[str, str]:
    """Return what is `before` and `after` the sentence of every gene of a comparison.

    Parameters
    ----------
    title
        Of the model.
    said
        What is compared with what, as `autocrine.design.compared.describe_comparison` says it.
    warnings
        About the comparison as a whole.
    simulated
        Whether the data are.
    """
    return {
        "before": f"{'SIMULATED data. ' if simulated else ''}{title} ({said}). ",
        "after": f" Caveat{'s' if len(warnings) > 1 else ''}: {'; '.join(warnings)}." if warnings else "",
    }


def cite_claim(row: Mapping[str, Any], said: str, warnings: Sequence[str], alpha: float, simulated: bool) -> str:
    """Return the sentence of a claim that was tested.

    Parameters
    ----------
    row
        Of `claims.tsv`.
    said, warnings
        Of its comparison; see `frame_comparison`.
    alpha
        Of the interval.
    simulated
        Whether the data are.
    """
    if row["of_cells"] == ABUNDANCE:
        # Its samples are not those of the model, which holds one state of them.
        said, warnings = f"t with {row['df']:.3g} degrees of freedom, shares of all kept cells of a sample", []
    statement = str(row["statement"]).rstrip(".")
    verdict = str(row["verdict"]).replace("_", " ")
    sentence = f"{'SIMULATED data. ' if simulated else ''}“{statement}” ({row['claim']}) is {verdict}: {row['words']}"
    numbers = []
    if _known(row["log2_fc"]):
        interval = format_interval(row)
        numbers.append(f"{name_subject(row)}, {format_effect(row)}")
        numbers += [f"{100 * (1 - alpha):g}% interval {interval}"] if interval else []
    if _known(row["verdict_p_value"]):
        of = {"difference": "a difference", "equivalence": "equivalence"}[row["verdict_test"]]
        numbers.append(f"adjusted p of {of} {format_p_value(row['verdict_p_value'])}, {row['family']}")
    against = [*list_objections(row), *(text.rstrip(".") for text in warnings)]
    caveats = f" Caveat{'s' if len(against) > 1 else ''}: {'; '.join(against)}." if against else ""
    return f"{sentence} ({'; '.join(filter(None, [*numbers, said]))}).{caveats}"


def list_objections(row: Mapping[str, Any]) -> list[str]:
    """Return the objections to a claim, each a sentence without a stop; `row` is of `claims.tsv`."""
    changed = row["sensitivity_other"]
    texts = [
        *(row[name] for name in ("one_sample_words", "second_words", "composition_flag")),
        f"against it: {row['contrary_words']}" if row["contrary_words"] else "",
        f"the outcome of {row['gene'] or row['score']} is another in {changed:.0f} of {row['sensitivity_fits']:.0f} "
        "changed fits"
        if _known(changed) and changed
        else "",
        f"without likely doublets: {row['doublets_verdict'].replace('_', ' ')}" if row["doublets_verdict"] else "",
        row["caveat"],
    ]
    return [str(text).rstrip(".") for text in texts if text and text == text]


def cite_claims(
    files: Sequence[Mapping[str, Any]],
    compared: Mapping[str, str],
    warnings: Sequence[Mapping[str, Any]],
    alpha: float,
    simulated: bool,
) -> None:
    """Give every tested claim of some files its `sentence`, and a `place` that no other has.

    Parameters
    ----------
    files
        With their `rows`.
    compared
        "model/contrast" -> what is compared with what.
    warnings
        With a `text` and the comparisons that each `touches`.
    alpha, simulated
        See `cite_claim`.
    """
    tested = [row for file in files for row in file["rows"] if row["verdict"] != "not_testable"]
    for place, row in enumerate(tested):
        key = f"{row['model']}/{row['contrast']}"
        against = [warning["text"] for warning in warnings if key in warning["touches"]]
        sentence = cite_claim(row, compared.get(key, ""), against, alpha, simulated)
        row.update(place=place, sentence=sentence)


def _known(value: Any) -> bool:
    return value is not None and value == value and abs(value) != float("inf")
