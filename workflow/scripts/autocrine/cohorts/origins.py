"""Whether what was made of several cohorts is measured, simulated or published."""

from collections.abc import Collection


def origin_words(origins: Collection[str], published: Collection[bool]) -> str:
    """Return the `data_origin` of what was made of several cohorts.

    Parameters
    ----------
    origins
        "measured" or "SIMULATED" of each.
    published
        Whether each is a published table.
    """
    word = "partly SIMULATED" if len(set(origins)) > 1 else next(iter(origins))
    if not any(published):
        return word
    if not all(published):
        return f"{word}, partly published"
    return "published" if word == "measured" else f"{word}, published"
