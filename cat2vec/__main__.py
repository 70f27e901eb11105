"""``cat2vec`` and ``python -m cat2vec`` are the command line."""

import sys

#: Address space that libraries take before a table is read; with less they abort, or wait for ever.
_LEAST_ADDRESSES = 1_200_000_000


def main() -> int:
    """Load the command line and run it; Ctrl-C ends it by code 130 at any moment."""
    written = " and nothing was written"
    try:
        if limit := _too_few_addresses():
            print(
                f"cat2vec: not enough memory: the address space is limited to {limit / 1e6:,.0f} "
                f"MB, and libraries take {_LEAST_ADDRESSES / 1e6:,.0f} MB before a table is read. "
                f"Raise the limit (ulimit -v).",
                file=sys.stderr,
            )
            return 2
        from cat2vec.cli.main import main as run

        written = ""
        return run()
    except KeyboardInterrupt:
        print(f"cat2vec: interrupted{written}.", file=sys.stderr)
        return 130


def _too_few_addresses() -> int:
    """Give the limit of the address space in bytes if it is too low, else 0."""
    try:
        import resource
    except ImportError:  # Windows
        return 0
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    return limit if 0 <= limit < _LEAST_ADDRESSES else 0


if __name__ == "__main__":
    sys.exit(main())
