"""What can be answered about an outcome, in words for a reader."""

ANSWERS = {
    "higher_risk": "the more of it, the sooner the event",
    "lower_risk": "the more of it, the later the event, or never",
    "higher": "the more of it, the higher the response",
    "lower": "the more of it, the lower the response",
    "undetermined": "neither shown nor excluded",
    "too_few_events": "too few events",
    "too_few_patients": "too few patients",
    "not_testable": "not testable",
}
# One answer for all genes and scores.
TOO_FEW = ("too_few_events", "too_few_patients")
