"""``python -m engines.compare.core``: make the core now, as ``make setup`` does."""

import sys

from engines.compare.core.native import COMPILED
from engines.contract.errors import EngineError

if __name__ == "__main__":
    try:
        print(COMPILED.path())
    except EngineError as error:
        sys.exit(f"{error.message}\n  hint: {error.hint}")
