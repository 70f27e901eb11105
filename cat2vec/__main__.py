"""``cat2vec`` and ``python -m cat2vec`` are the command line."""

import sys


def main() -> int:
    """Load the command line and run it; Ctrl-C while it loads ends it as later: code 130."""
    try:
        from cat2vec.cli.main import main as run
    except KeyboardInterrupt:
        print("cat2vec: interrupted and nothing was written.", file=sys.stderr)
        return 130
    return run()


if __name__ == "__main__":
    sys.exit(main())
