"""Where the built application begins: the command line, as ``python -m neurofeedback``."""

from neurofeedback.cli.main import main

main()
