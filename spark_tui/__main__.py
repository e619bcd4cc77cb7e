"""`python -m spark_tui` is the same program as the `spark-tui` command."""

import sys

if __name__ == "__main__":
    # Python puts the folder it stands in first: nothing that lies in a repository is imported.
    if not sys.flags.safe_path:
        del sys.path[0]
    from spark_tui.cli import main

    sys.exit(main())
