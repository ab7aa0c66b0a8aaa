"""``python -m datadiet``: the command line."""

from datadiet.cli import main

if __name__ == "__main__":
    main()
