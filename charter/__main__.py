"""`python -m charter` is the command `charter`."""

from charter.cli import main

main()
