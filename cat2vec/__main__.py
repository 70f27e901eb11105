"""``python -m cat2vec`` is the command line."""

import sys

from cat2vec.cli import main

if __name__ == "__main__":
    sys.exit(main())
