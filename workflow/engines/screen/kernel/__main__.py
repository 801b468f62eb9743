"""``python -m engines.screen.kernel``: make the kernel now, as ``make setup`` does."""

import sys

from engines.contract.errors import EngineError
from engines.screen.kernel.build import library

if __name__ == "__main__":
    try:
        print(library())
    except EngineError as error:
        sys.exit(f"{error.message}\n  hint: {error.hint}")
