"""Say which results are not what the run's jobs wrote."""

import sys
from pathlib import Path

from autocrine.run.checksums import Checksums
from autocrine.run.records import LEFT, read_records, verify_folder, verify_inputs


def main(folders, given, store):
    """Return a line for each folder that agrees with its records, else one for each file; and whether all agree."""
    lines, sound, checksums = [], True, Checksums(store)
    for folder, expected in folders.items():
        if not Path(folder).is_dir():
            lines.append(f"{folder}: there are no results")
            sound = False
            continue
        changes = verify_folder(folder, expected, checksums)
        changes += verify_inputs(folder, given.get(folder, []), checksums)
        left = [change for change in changes if change.state == LEFT]
        changes = [change for change in changes if change not in left]
        sound &= not changes
        jobs = read_records(folder).values()
        files = sum(len(record["made"]) for record in jobs)
        if changes:
            lines.append(f"{folder}: {len(changes)} of its files and inputs do not agree with the records of its jobs")
            lines += [f"  {change}" for change in changes]
        else:
            lines.append(f"{folder}: all {files} files are as its {len(jobs)} jobs wrote them, all inputs as they were")
        lines += [f"  {change}" for change in left]
    checksums.save()
    return lines, sound


if __name__ == "__main__":
    lines, sound = main(**snakemake.params)
    text = "\n".join(lines)
    Path(snakemake.log[0]).write_text(text + "\n", encoding="utf-8")
    print(text)
    sys.exit(not sound)
