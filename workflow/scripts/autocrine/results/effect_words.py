"""Effects within a sentence: with decimals, and where they are small, as per day, with the digits that count."""

# Below it decimals would leave nothing of an effect.
SMALL = 0.1


def write_effect(effect: float, decimals: int = 2, beside: float = 0.0) -> str:
    """Write an effect with decimals, or two digits where it is small.

    Parameters
    ----------
    effect
        Of any unit.
    decimals
        Where it is not small.
    beside
        Another effect that is written with it: where that is not small, neither is this.
    """
    small = max(abs(effect), abs(beside)) < SMALL and effect != 0
    return f"{effect:.2g}" if small else f"{effect:.{decimals}f}"
