"""`python -m gradlab`, the same as `gradlab`."""

from gradlab.commands import main

main()
