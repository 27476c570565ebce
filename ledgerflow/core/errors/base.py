"""The base of all refusals, and the register of the constraints that stand for one."""

from __future__ import annotations

from typing import Any, ClassVar


class LedgerError(Exception):
    """Base of all refusals. `pointer` is an RFC 6901 JSON pointer into the request, `""` for the whole of it.

    A class says in `template` what people read, with the names of its data in braces ("The day {day} is closed."),
    and in `constraints` which constraints of the database stand for it: `by_constraint` finds the class by them.
    """

    code: ClassVar[str] = "ledger_error"
    status: ClassVar[int] = 422
    retryable: ClassVar[bool] = False
    template: ClassVar[str] = ""
    constraints: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        for constraint in cls.__dict__.get("constraints", ()):
            taken = by_constraint.setdefault(constraint, cls)
            if taken is not cls:
                message = f"{constraint} stands for {taken.__name__} already, and not for {cls.__name__} as well."
                raise TypeError(message)

    def __init__(self, message: str = "", *, pointer: str = "", **data: Any) -> None:
        self.message = message or self.template.format_map(data)
        super().__init__(self.message)
        self.pointer = pointer
        self.data = data

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.message!r}, {self.data!r})"


by_constraint: dict[str, type[LedgerError]] = {}
