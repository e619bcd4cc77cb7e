"""`python -m spark_tui` is the same program as the `spark-tui` command."""

import sys

from spark_tui.cli import main

if __name__ == "__main__":
    sys.exit(main())
