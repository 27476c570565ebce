"""Reading a delimited file row by row, in bounded memory, losing nothing that cannot be read. Pure.

A row that breaks the rules of CSV (RFC 4180) comes out with its text and what is wrong with it, and reading goes on
with the next line: one stray quote must not swallow the rest of the file.
"""

from __future__ import annotations

import codecs
import csv
import os
import stat
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path
from typing import NamedTuple, TextIO

from ledgerflow.files.encodings import UTF8, Encoding, encoding_of, readings
from ledgerflow.files.problems import FileProblem

MAX_ROW_CHARACTERS = 1_000_000
MAX_ROW_LINES = 1000
CHUNK = 1 << 20


class SourceFile(NamedTuple):
    """A file as it was when it was examined: its bytes by their hash, and what tells cheaply that it changed."""

    path: Path
    sha256: str
    lines: int
    stamp: tuple[int, ...]
    encoding: Encoding = Encoding(UTF8, "")


class FileRow(NamedTuple):
    """A row and the line of the file on which it starts (the header is line 1).

    With a `problem`, `cells` holds only the text that could not be taken apart.
    """

    number: int
    cells: list[str]
    problem: str = ""


def examine(path: Path, encoding: str = "") -> SourceFile:
    """Read a file once: its SHA-256, its number of lines, and that all of it is in its encoding, told or found.

    Raises `FileProblem` when it is missing, no regular file, not permitted, empty, or when its bytes are not of one
    encoding; `OptionProblem` for an encoding that is not taken.
    """
    digest = sha256()
    try:
        with _opened(path) as file:
            stamp = _stamp(os.fstat(file))
            chunk = os.read(file, CHUNK)
            if not chunk:
                message = f"{path} is empty: the first line must name the columns."
                raise FileProblem(message)
            found = encoding_of(chunk[:4], encoding)
            counted = _Counted(path, found)
            while chunk:
                digest.update(chunk)
                counted.add(chunk)
                chunk = os.read(file, CHUNK)
            counted.add(b"", final=True)
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise FileProblem(message) from error
    return SourceFile(path, digest.hexdigest(), counted.lines, stamp, counted.encoding())


def digest_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, whatever its encoding. Raises `FileProblem`."""
    try:
        with _opened(path) as file, open(file, "rb", closefd=False) as stream:
            return file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        message = f"{path}: {error.strerror or error}"
        raise FileProblem(message) from error


class _Counted:
    """Decodes a file chunk by chunk and counts its lines. Raises `FileProblem` for bytes that mean nothing."""

    def __init__(self, path: Path, encoding: Encoding) -> None:
        self.lines = 0
        self._path = path
        self._encoding = encoding
        self._decoder = codecs.getincrementaldecoder(encoding.name)()
        self._is_ascii = True

    def add(self, chunk: bytes, *, final: bool = False) -> None:
        self._is_ascii = self._is_ascii and chunk.isascii()
        try:
            self.lines += self._decoder.decode(chunk, final).count("\n")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(self._encoding.name, "ignore")
            raise self._not_decoded(self.lines + before.count("\n") + 1, error) from error

    def encoding(self) -> Encoding:
        if self._encoding.why:
            return self._encoding
        why = "all of it is ASCII, which is the same in UTF-8" if self._is_ascii else "every byte of it is valid in it"
        return self._encoding._replace(why=why)

    def _not_decoded(self, line: int, error: UnicodeDecodeError) -> FileProblem:
        byte = f"byte 0x{error.object[error.start]:02x} on line {line}"
        name = "UTF-8" if self._encoding.name == UTF8 else self._encoding.name
        message = f"{self._path} is not {name}: {byte}."
        if not self._encoding.why:
            message += f" It may be {readings(error.object, error.start)}: say which is right with --encoding."
        return FileProblem(message)


def has_changed(source: SourceFile) -> bool:
    """Whether the file is another one by now, or was written to since it was examined."""
    try:
        return _stamp(source.path.stat()) != source.stamp
    except OSError:
        return True


@contextmanager
def open_rows(source: SourceFile, delimiter: str = ",") -> Iterator[tuple[list[str], Iterator[FileRow]]]:
    """The header and the rows after it. Raises `FileProblem` when there is no header."""
    with source.path.open(encoding=source.encoding.name, newline="") as stream:
        rows = _Reader(stream, delimiter).rows()
        header = next(rows, None)
        if header is None or header.problem:
            message = f"{source.path}: the first line must name the columns. {header.problem if header else ''}"
            raise FileProblem(message.strip())
        yield [name.strip() for name in header.cells], rows


def first_line(source: SourceFile) -> str:
    """The first line that holds anything, of at most `MAX_ROW_CHARACTERS`."""
    with source.path.open(encoding=source.encoding.name, newline="") as stream:
        while (line := stream.readline(MAX_ROW_CHARACTERS)) and not line.strip():
            pass
    return line


def row_writer(stream: TextIO) -> Callable[[Sequence[object]], object]:
    """Writes rows that `open_rows` reads back as they were."""
    plain = csv.writer(stream, lineterminator="\n")
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)

    def write(cells: Sequence[object]) -> object:
        # csv quotes what holds its own line end; a lone carriage return ends a line as well when it is read.
        writer = quoted if any("\r" in cell for cell in cells if isinstance(cell, str)) else plain
        return writer.writerow(cells)

    return write


class _EndlessRow(Exception):
    pass


class _Reader:
    """csv.reader over lines it hands out itself, so that it knows which lines a broken row was made of."""

    def __init__(self, stream: TextIO, delimiter: str) -> None:
        self._stream = stream
        self._delimiter = delimiter
        self._line = 0
        self._taken: list[str] = []  # the lines of the row that is being read
        self._again: deque[str] = deque()  # lines after the first of a broken row: they are read anew

    def rows(self) -> Iterator[FileRow]:
        reader = self._fresh()
        while True:
            self._taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _EndlessRow) as error:
                yield self._broken(str(error))
                reader = self._fresh()
                continue
            if not cells:
                continue
            number = self._line - len(self._taken) + 1
            if any("\x00" in line for line in self._taken):
                yield FileRow(number, ["".join(self._taken).rstrip("\r\n")], "The row holds a NUL character.")
            else:
                yield FileRow(number, cells)

    def _fresh(self) -> Iterator[list[str]]:
        return csv.reader(self._lines(), delimiter=self._delimiter, strict=True)

    def _lines(self) -> Iterator[str]:
        size = 0
        while line := self._next_line():
            size = size + len(line) if self._taken else len(line)
            self._taken.append(line)
            self._line += 1
            if size > MAX_ROW_CHARACTERS or len(self._taken) > MAX_ROW_LINES:
                message = f"more than {MAX_ROW_CHARACTERS:,} characters or {MAX_ROW_LINES:,} lines"
                raise _EndlessRow(message)
            yield line

    def _next_line(self) -> str:
        if self._again:
            return self._again.popleft()
        line = self._stream.readline(MAX_ROW_CHARACTERS + 1)
        if len(line) > MAX_ROW_CHARACTERS and not line.endswith(("\n", "\r")):
            while (rest := self._stream.readline(CHUNK)) and not rest.endswith(("\n", "\r")):
                pass
        return line

    def _broken(self, why: str) -> FileRow:
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._line -= len(others)
        return FileRow(self._line, [first.rstrip("\r\n")], f"The row cannot be read: {why}.")


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    # Not blocking: to open a named pipe would wait for its writer.
    file = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(file).st_mode):
            what = "a directory" if path.is_dir() else "not a regular file"
            message = f"{path} is {what}: an import needs a file it can read again from the start."
            raise FileProblem(message)
        yield file
    finally:
        os.close(file)


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
