"""`python -m mijnrisico` is the command `mijnrisico`."""

from mijnrisico.cli import main

if __name__ == "__main__":
    main()
