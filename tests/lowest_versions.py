"""Print pip constraints that pin every direct dependency to its lower bound.

Run as ``python tests/lowest_versions.py pyproject.toml``; used by ``make test-min``.
"""

import re
import sys
from pathlib import Path


def constraints(text):
    """Find ``"name>=version"`` in a pyproject file and give ``name==version`` lines."""
    build = text.index("[project]")
    found = re.findall(r'"([A-Za-z0-9_-]+)>=([0-9.]+)[";]', text[build:])
    return [f"{name}=={version}" for name, version in sorted(set(found))]


if __name__ == "__main__":
    print("\n".join(constraints(Path(sys.argv[1]).read_text())))
