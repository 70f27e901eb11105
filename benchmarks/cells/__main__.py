"""``python -m benchmarks.cells DATA_FOLDER``."""

import sys

from benchmarks.cells import main

if __name__ == "__main__":
    sys.exit(main())
