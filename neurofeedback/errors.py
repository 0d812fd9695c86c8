"""The one error that a person is meant to read.

Responsible for marking an error as the user's to mend. Not responsible for showing it.
"""


class UserError(Exception):
    """A mistake in what was given: one sentence saying what is wrong, where, and how to mend it.

    The command line prints it without a traceback and exits with status 2; a window shows it.
    """
