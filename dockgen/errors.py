"""What can go wrong, told to the person: what, in which file and line, and what to do next."""

from __future__ import annotations


class DockgenError(Exception):
    """A failure that a person can understand and mend. Never shown as a traceback.

    `exit_code` follows the contract of the command line: 1 failed, 2 wrong usage, 3 undecided.
    """

    exit_code = 1

    def __init__(self, message: str, *, file: str | None = None, line: int | None = None, hint: str | None = None):
        self.message = message
        self.file = file
        self.line = line
        self.hint = hint
        super().__init__(str(self))

    def __str__(self) -> str:
        where = "" if self.file is None else self.file + (f":{self.line}" if self.line else "") + ": "
        return where + self.message + (f"\n{self.hint}" if self.hint else "")


class NotAProject(DockgenError):
    """The path is no folder, is empty, or holds no Python."""


class BrokenManifest(DockgenError):
    """A file that decides something cannot be parsed."""


class TooLarge(DockgenError):
    """A file that decides something is larger than dockgen reads."""


class NotWritable(DockgenError):
    """The target folder or file cannot be written; nothing was written."""


class CredentialInFile(DockgenError):
    """A file that the build reads holds a password or token."""


class NoIndex(DockgenError):
    """The package index that --resolve asks cannot be reached, or answers with what is no list of files."""


class Usage(DockgenError):
    """An answer given by flag or file has a value that cannot be right."""

    exit_code = 2


class Undecided(DockgenError):
    """The evidence conflicts or is missing, and nobody is there to ask. Names the flag that answers."""

    exit_code = 3


class EditedByHand(Undecided):
    """A file that dockgen would write exists and is not what dockgen wrote last."""


class OutOfDate(DockgenError):
    """`check` found files that are not as dockgen would make them today, or edited beyond the record."""

    exit_code = 4
