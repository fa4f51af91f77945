"""The forms of contrasts, each in a file of its own: what it asks, how it is tested, and the words for its answer.

A new form is a class here, a key of `contrasts` in the schema, and the columns that its parts add.
"""

from autocrine.design.forms.any_difference import AnyDifference
from autocrine.design.forms.contrast import Contrast
from autocrine.design.forms.difference import Difference
from autocrine.design.forms.per_unit import PerUnit
from autocrine.design.forms.spline import Spline
from autocrine.design.forms.trend import Trend
from autocrine.design.forms.two_groups import TwoGroups

# By the key of the configuration; two groups are named by "tested" and "reference".
FORMS: dict[str, type[Contrast]] = {
    form.form: form
    for form in (
        TwoGroups,
        Trend,
        AnyDifference,
        Difference,
        PerUnit,
        Spline,
    )
}
