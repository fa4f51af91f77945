"""Groups of a panel: their order and names, also of groups that a user invents."""

from autocrine.input.panel_groups import GROUP_WORDS, name_group, order_groups


def test_known_groups_come_in_biological_order_and_others_as_the_panel_has_them():
    assert order_groups(["mine", "target", "ligand", "other", "mine"]) == ["ligand", "target", "mine", "other"]
    assert order_groups(list(reversed(GROUP_WORDS))) == list(GROUP_WORDS)


def test_every_group_has_a_heading():
    assert name_group("receptor_type1") == "Type I receptors"
    assert name_group("my_own_set") == "My own set" and name_group("") == "No group"
