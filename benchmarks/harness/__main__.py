"""The process that ``run_alone`` starts: ``python -m benchmarks.harness MODULE FUNCTION JSON``."""

import importlib
import json
import sys

if __name__ == "__main__":
    module, function, arguments = sys.argv[1:]
    record = getattr(importlib.import_module(module), function)(**json.loads(arguments))
    print(json.dumps(record))
