"""Why an import as a whole cannot go on; a row that cannot be taken is a refusal and stops nothing. Pure."""

from __future__ import annotations


class ImportProblem(Exception):
    """The message is for that person; `exit_code` is what the command ends with."""

    exit_code = 1


class FileProblem(ImportProblem):
    """The file cannot be read as what it should be."""

    exit_code = 2


class OptionProblem(ImportProblem):
    """The options do not fit the file or each other."""

    exit_code = 2


class RunProblem(ImportProblem):
    """Another import is in the way: of a changed file, with other options, or running at this moment."""


class RefusedTransactions(ImportProblem):
    """All of the file was worked through, and something in it was refused."""


class Stopped(ImportProblem):
    """Somebody asked to stop; what was committed stays, and the same command goes on from there."""

    exit_code = 130


class BooksBusy(ImportProblem):
    """The database could not be written for too long (EX_TEMPFAIL): the same command goes on later."""

    exit_code = 75
