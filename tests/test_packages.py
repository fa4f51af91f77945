"""The packages of the library depend on each other in one direction, in the order that docs/architecture.md lists."""

import re

from tests.conftest import REPOSITORY
from tests.imports import LIBRARY, module_file, names_in

TABLE = (
    (REPOSITORY / "docs" / "architecture.md").read_text(encoding="utf-8").split("## The library")[1].split("\n## ")[0]
)
ROWS = [re.findall(r"`([\w.]+)/?`", line.split("|")[1]) for line in TABLE.splitlines() if line.startswith("| `")]
LEVEL = {name.removesuffix(".py"): level for level, names in enumerate(ROWS) for name in names}


def package_of(file):
    return file.relative_to(LIBRARY).with_suffix("").parts[0]


def library_imports():
    for file in LIBRARY.rglob("*.py"):
        for name in names_in(file):
            target = module_file(name)
            # The package itself names its interface, which is loaded when used.
            if target and LIBRARY / "__init__.py" not in (file, target):
                yield file, target


def test_every_package_is_listed():
    assert {package_of(file) for file in LIBRARY.rglob("*.py")} - {"__init__"} == set(LEVEL)


def test_no_package_imports_from_one_below_it():
    upward = [
        f"{file.relative_to(LIBRARY)} imports {target.relative_to(LIBRARY)}"
        for file, target in library_imports()
        if LEVEL[package_of(target)] > LEVEL[package_of(file)]
    ]
    assert not upward


def test_no_module_imports_itself_through_others():
    needs = {}
    for file, target in library_imports():
        if target.name != "__init__.py":
            needs.setdefault(file, set()).add(target)

    def reaches(file, wanted, seen):
        return any(
            target == wanted or (target not in seen and not seen.add(target) and reaches(target, wanted, seen))
            for target in needs.get(file, ())
        )

    assert [str(file.relative_to(LIBRARY)) for file in needs if reaches(file, file, set())] == []
