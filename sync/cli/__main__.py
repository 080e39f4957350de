"""`python -m sync.cli`: the command line where the `sensync` script is not on the path."""

from sync.cli import main

main()
