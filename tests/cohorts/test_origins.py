"""Words of where the data of several cohorts come from."""

from autocrine.cohorts.origins import origin_words


def test_words_of_origin():
    assert origin_words(["measured"], [False]) == "measured"
    assert origin_words(["measured"], [True]) == "published"
    assert origin_words(["SIMULATED"] * 2, [True, True]) == "SIMULATED, published"
    assert origin_words(["SIMULATED", "measured"], [False, False]) == "partly SIMULATED"
    assert origin_words(["SIMULATED", "measured"], [False, True]) == "partly SIMULATED, partly published"
