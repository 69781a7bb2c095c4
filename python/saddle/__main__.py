"""`python -m saddle` is the program `saddle`."""

from saddle_launcher import main

main()
