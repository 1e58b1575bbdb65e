"""The ends that one line explains: the door prints it without a traceback."""


class Foreseen(Exception):
    """What happened and how to go on, in one line; the command exits with `exit_code`."""

    exit_code = 1


class UserError(Foreseen):
    """Command, config or data is wrong.

    The message names the file, line, field or flag, says what was found and what to do.
    """

    exit_code = 2


def one_line(error: BaseException) -> str:
    """What another library says of it, for the middle of our line."""
    return " ".join(str(error).split()) or type(error).__name__
