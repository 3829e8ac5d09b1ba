"""`python -m isco`: the command line, where the console script `isco` is not on the path."""

from isco.cli.main import main

if __name__ == "__main__":
    main()
