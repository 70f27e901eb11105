"""``cat2vec`` and ``python -m cat2vec`` are the command line."""

import sys


def main() -> int:
    """Load the command line and run it; Ctrl-C while it loads ends it as later: code 130."""
    try:
        from cat2vec.cli.main import main as run
    except KeyboardInterrupt:
        print("cat2vec: interrupted and nothing was written.", file=sys.stderr)
        return 130
    except MemoryError:
        print("cat2vec: not enough memory to begin with. Please allow it more.", file=sys.stderr)
        return 2
    except ImportError as error:
        if "failed to map segment" not in str(error) and "allocate memory" not in str(error):
            raise
        print(f"cat2vec: not enough memory to begin with ({error}).", file=sys.stderr)
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(main())
