"""The fonts of the figures: DejaVu Sans, cut down to what labels need, since PDFs of the whole font are slow to write.

For each PDF matplotlib reads a font anew and keeps the letters that are used. That takes a time that grows with the
glyphs of the font and their layout: of a figure of two plots 0.68 s of a processor with the 6,253 glyphs of DejaVu
Sans, 0.29 s with those of most labels. A letter that a font lacks is taken from the next one.
"""

import hashlib
from functools import cache, partial
from pathlib import Path

import fontTools
import matplotlib
from fontTools import subset
from matplotlib.font_manager import FontProperties, findfont, fontManager

from autocrine.tables import write_whole

WHOLE = "DejaVu Sans"
# What each cut font keeps, from the first that is looked into.
CUTS = {
    # Western European letters, punctuation, arrows, minus, comparisons.
    "DejaVu Sans of labels": (
        (0x20, 0x7E),
        (0xA0, 0xFF),
        (0x2010, 0x2026),
        (0x2190, 0x2193),
        (0x2212,) * 2,
        (0x2260, 0x2265),
    ),
    # Latin, accents by themselves, Greek, Cyrillic, punctuation, sub- and superscripts, arrows, mathematics, shapes.
    "DejaVu Sans of figures": ((0x20, 0x24F), (0x300, 0x52F), (0x2000, 0x209F), (0x2190, 0x22FF), (0x25A0, 0x25FF)),
}
# Of the layout, what puts an accent on its letter. For kerning the older table is kept.
LAYOUT = ("mark", "mkmk", "ccmp")
# Tables that neither matplotlib nor a reader of PDFs uses; of labels, which have no accents by themselves, those of the
# layout too. Cutting one more for a PDF then takes 8 ms in place of 12.
UNUSED = ("MATH", "FFTM", "gasp")
LEFT_OUT = {"DejaVu Sans of labels": (*UNUSED, "GDEF", "GPOS", "GSUB"), "DejaVu Sans of figures": UNUSED}
# By which a reader of an SVG shows its text. Verdana is as wide as DejaVu Sans, by which the layout was made; the
# others are narrower, so that nothing runs into its neighbour.
SHOWN = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif"


@cache
def figure_fonts() -> tuple[str, ...]:
    """Make the cut fonts known to matplotlib; return the families to look for a letter in, one after the other.

    Cutting takes a second, so matplotlib's folder for such things keeps the cut fonts between processes.
    """
    folder = Path(matplotlib.get_cachedir())
    for family, kept in CUTS.items():
        asked = (matplotlib.__version__, fontTools.version, family, kept, LAYOUT, LEFT_OUT[family])
        name = hashlib.sha256(repr(asked).encode()).hexdigest()[:16]
        for weight in ("normal", "bold"):
            path = folder / f"autocrine-{name}-{weight}.ttf"
            if not path.exists():
                whole = str(findfont(FontProperties(family=WHOLE, weight=weight)))
                write_whole(path, partial(_cut, whole, family, kept))
            fontManager.addfont(path)
    return *CUTS, WHOLE


def name_shown_fonts(svg: str) -> str:
    """Name in an SVG of matplotlib fonts that other computers have, in place of those it was laid out with."""
    # In an attribute in double quotes, which matplotlib writes as it is.
    own = ", ".join(f"'{family}'" for family in figure_fonts())
    return svg.replace(own, SHOWN)


def _cut(source: str, family: str, kept: tuple[tuple[int, int], ...], target: Path) -> None:
    options = subset.Options(
        glyph_names=True, legacy_kern=True, layout_features=list(LAYOUT), name_IDs=["*"], name_languages=["*"]
    )
    options.drop_tables += LEFT_OUT[family]
    with subset.load_font(source, options) as font:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[letter for first, last in kept for letter in range(first, last + 1)])
        subsetter.subset(font)
        for record in list(font["name"].names):
            if record.nameID in (1, 16):
                font["name"].setName(family, record.nameID, record.platformID, record.platEncID, record.langID)
        font.save(target)
