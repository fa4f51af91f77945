"""What MkDocs is given: Markdown and notebooks of the repository at their paths, linked files, and the interface.

A page is docs/x.md in the site as in the repository, so that one relative link serves both.
"""

import ast
import html
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from posixpath import normpath

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

REPOSITORY = Path(__file__).resolve().parents[2]
LIBRARY = REPOSITORY / "workflow" / "scripts" / "autocrine"
# Files that the configuration names.
ASSETS = ("docs/site/site.css", "workflow/report/vendor/iframe-worker.min.js")
PAGES = ("*.md", "config/*.md", "docs/*.md", "resources/*/README.md")
LINK = re.compile(r"\]\(([^)\s#]+)[^)]*\)")
NOTEBOOKS = "docs/notebooks/"
# Modules with public names, and what they are for.
INTERFACE = {
    "autocrine": "Fit counts, ask for contrasts.",
    "autocrine.cells": "Single cells: sums, detected fractions, and tests with the patient as unit.",
    "autocrine.plots": "Figures of gene tables.",
    "autocrine.pertpy": "A method for pertpy. It needs pertpy and Python 3.12.",
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Return the pages and files of the site in place of those of the folder docs/."""
    pages = sorted({path.relative_to(REPOSITORY).as_posix() for glob in PAGES for path in REPOSITORY.glob(glob)})
    notebooks = sorted(path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob(f"{NOTEBOOKS}*.ipynb"))
    found = sorted({*pages, *linked_files(pages), *notebooks, *ASSETS})
    own = [File(path, str(REPOSITORY), config.site_dir, config.use_directory_urls) for path in found]
    reports = sorted(set(find_reports()))
    own += [File(name, folder, config.site_dir, use_directory_urls=False) for name, folder in reports]
    generated = [
        File.generated(config, "docs/api.md", content=interface()),
        File.generated(config, "docs/gallery.md", content=gallery(reports)),
        *(
            File.generated(config, page_of(name), content=notebook_page(name, (REPOSITORY / name).read_text("utf-8")))
            for name in notebooks
        ),
    ]
    # The theme may be in .venv, which is in the repository too.
    theme = [file for file in files if not Path(file.abs_src_path or "/").is_relative_to(config.docs_dir)]
    return Files([*own, *generated, *theme])


def on_page_markdown(markdown: str, page: Page, **_: object) -> str:
    """Lead links to a notebook to its page; that has a link to the notebook itself."""
    return markdown if page.file.src_uri.startswith(NOTEBOOKS) else page_of(markdown)


def page_of(text: str) -> str:
    """Return a path of a notebook, or a text with links to notebooks, with the paths of their pages."""
    return re.sub(r"\.ipynb(?=\)|$)", ".md", text)


def notebook_page(name: str, text: str) -> str:
    """Return the page of a notebook, in Markdown: its texts, its code, and what the code gave when it was stored."""
    notebook = json.loads(text)
    language = notebook["metadata"]["language_info"]["name"].lower()
    parts = []
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] != "code":
            parts.append(page_of(source))
            continue
        parts.append(f"```{language}\n{source}\n```")
        for output in cell["outputs"]:
            data = output.get("data", {"text/plain": output.get("text", "")})
            if "image/png" in data:
                parts.append(f"![What the code gives](data:image/png;base64,{''.join(data['image/png']).strip()})")
            else:
                parts.append(f"```text\n{''.join(data['text/plain']).rstrip()}\n```")
    parts.append(f"The notebook itself: [{PurePosixPath(name).name}]({PurePosixPath(name).name})")
    return "\n\n".join(parts) + "\n"


def find_reports() -> Iterator[tuple[str, str]]:
    """Yield the reports of runs, as path and folder: those here, and those of the folders that GALLERY names."""
    for folder in (str(REPOSITORY), *filter(None, os.environ.get("GALLERY", "").split(os.pathsep))):
        for pattern in ("results/*/report.html", "results/summary/summary.html"):
            for path in Path(folder).glob(pattern):
                yield path.relative_to(folder).as_posix(), folder


def gallery(reports: list[tuple[str, str]]) -> str:
    """Return the page that links to reports, in Markdown; `reports` are paths in folders of runs."""
    parts = ["# Gallery", "Reports as a run writes them: one file each, which loads nothing from anywhere."]
    for name, folder in reports:
        head = Path(folder, name).read_text(encoding="utf-8")[:20_000]
        title = html.unescape(head.partition("<title>")[2].partition("</title>")[0])
        # A title is of users' data: no sign of it is Markdown or HTML.
        plain = re.sub(r"([\\`*_{}\[\]()#+!|-])", r"\\\1", html.escape(title, quote=False))
        parts.append(f"- [{plain}](../{name})")
    if not reports:
        parts.append("There are none here: `make demo` makes two, and `make site` puts them into the site.")
    return "\n\n".join(parts) + "\n"


def linked_files(pages: list[str]) -> Iterator[str]:
    """Yield files of the repository that pages link to and that are no pages."""
    for page in pages:
        for link in LINK.findall((REPOSITORY / page).read_text(encoding="utf-8")):
            if "://" not in link:
                path = normpath(str(PurePosixPath(page).parent / link))
                if path not in pages and (REPOSITORY / path).is_file():
                    yield path


def public_names(module: str) -> list[str]:
    """Return `__all__` of a module of the library, in its order, without importing it."""
    path = LIBRARY.parent.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for statement in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "__all__":
            return list(ast.literal_eval(statement.value))
    raise ValueError(f"{module} says nothing of its public names (__all__)")


def homes(module: str) -> dict[str, str]:
    """Return public name -> module in which it is defined, of a package that loads its names when they are used."""
    path = LIBRARY.parent.joinpath(*module.split("."), "__init__.py")
    if not path.is_file():
        return {}
    for statement in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.Assign) and getattr(statement.targets[0], "id", "") == "_HOME":
            return {name: f"{module}.{home}" for name, home in ast.literal_eval(statement.value).items()}
    return {}


def interface() -> str:
    """Return the page of every public name, in Markdown with directives of mkdocstrings."""
    parts = ["# Interface", "Every public name of the library. [python.md](python.md) shows how they are used."]
    for module, purpose in INTERFACE.items():
        parts += [f"## {module}", purpose]
        defined = homes(module)
        for name in public_names(module):
            # Headings have the name by which it is imported.
            heading = f"{module}.{name}"
            parts.append(
                f"### {heading} {{ #{heading} }}\n\n::: {defined.get(name, module)}.{name}\n"
                "    options:\n      show_root_heading: false\n      show_root_toc_entry: false\n      heading_level: 4"
            )
    return "\n\n".join(parts) + "\n"
