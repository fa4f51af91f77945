"""Columns that tables of several topics share."""

from autocrine.columns.kinds import _number, _text

DATA_ORIGIN = _text("data_origin", "`measured` or `SIMULATED`")
COMPARISON = _text("model contrast", "the comparison, as the configuration calls it")
SAMPLE = _text("sample", "the sample, as the sheet calls it")
REASON = _text("reason", "why there are no numbers; empty otherwise")

# What the form of a contrast adds; of genes `log2_fc`, of scores `estimate`.
STEPS = (
    "of a trend: whether all steps go the same way, the largest p-value of the steps, or 1 "
    "where two go against each other"
)
EFFECT_OF_STEP = "of a trend: each step, the second group against the first, the third against the second, and so on"
EFFECT_OF_GROUP = "of any difference: each further group against the first"
HEIGHT_OF_CURVE = (
    "of a curve along a measurement: its heights at `values` of `fit.json`, against its mean over the samples"
)
EXTREMES = _text(
    "lowest highest", "of a contrast without direction: the groups, or places of a curve, between which the effect lies"
)

COMPOSITION = (
    _number(
        "composition_log2_fc composition_other_log2_fc",
        "what a different leukaemic fraction alone would do to a gene that only leukaemic cells, or only the others, "
        "express: the same contrast of the same design, of the log2 fraction by least squares; missing for any "
        "difference",
    ),
    _number(
        "composition_p_value",
        "small where the effect surely exceeds that of composition in its direction: one-sided, among effects that are "
        "called; missing for any difference",
    ),
    _number(
        "composition_detectable",
        "the log2 fold change beyond that of composition which the test would find with the configured power",
    ),
    _number(
        "composition_low composition_high",
        "the range of `composition_log2_fc` where fractions were estimated from expression; missing where they were "
        "measured",
    ),
    _text("composition_reason", "why composition is not known"),
    _text(
        "composition_flag",
        "says of changed genes where the effect is no larger, or not surely larger; of equivalent ones where "
        "composition "
        "alone would have moved a gene of leukaemic cells twofold or more",
    ),
)
