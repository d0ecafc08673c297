"""`python -m labelkit` is the command `labelkit`."""

from labelkit.cli.app import main

if __name__ == "__main__":
    main()
