"""The one error that is the user's to mend."""


class UserError(Exception):
    """Command, config or data is wrong.

    The message is one line that names the file, line, field or flag, says what was found and what
    to do. The door prints it without a traceback and exits with code 2.
    """
