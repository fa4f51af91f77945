"""Say what a configuration asks for and what stands against it."""

from pathlib import Path

if __name__ == "__main__":
    text = "\n".join(snakemake.params.lines)
    print(text)
    Path(snakemake.log[0]).write_text(text + "\n", encoding="utf-8")
