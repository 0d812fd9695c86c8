"""``python -m neurofeedback``: the command line."""

from neurofeedback.cli.main import main

if __name__ == "__main__":
    main()
