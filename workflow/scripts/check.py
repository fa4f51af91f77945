"""Say what a configuration asks for and what stands against it."""

if __name__ == "__main__":
    print(*snakemake.params.lines, sep="\n")
