"""``python -m engines.screen.kernel``: make the kernel now, as ``make setup`` does."""

import sys

from engines.contract.errors import EngineError
from engines.screen.kernel.library import COMPILED

if __name__ == "__main__":
    try:
        print(COMPILED.path())
    except EngineError as error:
        sys.exit(f"{error.message}\n  hint: {error.hint}")
