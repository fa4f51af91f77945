"""One log per job: everything a job prints, and the cause of a failure on the last line."""

import sys
import traceback
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def logged(path: str) -> Iterator[None]:
    """Send what a job prints to `path`; after an error, its last line is the cause in one sentence."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    out, err = sys.stdout, sys.stderr
    with open(path, "w", encoding="utf-8", buffering=1) as file:
        sys.stdout = sys.stderr = file
        try:
            with warnings.catch_warnings():
                # anndata announces changes to come; they say nothing about the user's data.
                warnings.simplefilter("ignore", FutureWarning)
                yield
        except BaseException as error:
            traceback.print_exc(file=file)
            print(f"Failed: {type(error).__name__}: {error}", file=file)
            print(f"Failed: {type(error).__name__}: {error}\nThe whole story is in {path}", file=err)
            raise
        finally:
            sys.stdout, sys.stderr = out, err
