"""How many patients are still without the event as time goes on, by halves of a gene: for the eye, no test."""

import numpy as np


def free_of_event(time: np.ndarray, event: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the product-limit estimate (Kaplan and Meier 1958, J Am Stat Assoc 53:457).

    Parameters
    ----------
    time, event
        Follow-up of each patient, and whether it ended with the event.

    Returns
    -------
    Times from 0 on, at which the share changes or follow-up ends, and the share from each on. Who is lost at the time
    of an event is counted among those at risk.
    """
    times = np.unique(time)
    at_risk = np.array([(time >= moment).sum() for moment in times])
    events = np.array([event[time == moment].sum() for moment in times])
    return np.r_[0.0, times], np.r_[1.0, np.cumprod(1 - events / at_risk)]


def upper_half(values: np.ndarray) -> np.ndarray:
    """Return which values lie above their median; at it, those that are alike stay together in the lower half."""
    return values > np.median(values)
