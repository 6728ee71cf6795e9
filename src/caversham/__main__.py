"""`python -m caversham`."""

from caversham.serve.cli import main

main()
