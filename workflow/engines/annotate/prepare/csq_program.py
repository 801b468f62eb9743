"""``bcftools csq`` of pysam as a program of its own: its arguments, standard input and output.

It is started by the path of this file, and needs nothing of the package: so it is there at once.
"""

import signal
import sys

from pysam import SamtoolsError, bcftools


def main() -> int:
    """Run it; what it has to say of an error goes to standard error, as bcftools has it."""
    for each in (signal.SIGINT, signal.SIGPIPE):  # as every program: Python would go on
        signal.signal(each, signal.SIG_DFL)
    try:
        bcftools.csq(*sys.argv[1:], catch_stdout=False)
    except SamtoolsError as error:
        said = str(error.value)
        print(said.partition("stderr=")[2].strip() or said, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
