"""A ledger of a few dictionaries, written from the rules and not from the engine: amounts are whole cents, days numbers."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field
from typing import NamedTuple


class Entry(NamedTuple):
    """A journal somebody asks for: lines are (account, cents, expected version or None), debit positive."""

    key: str
    lines: tuple[tuple[str, int, int | None], ...]
    kind: str = "manual"
    day: int | None = None
    override: bool = False
    advance: bool = False
    reverses: str = ""  # the key of the original


class CaptureRequest(NamedTuple):
    """A capture somebody asks for: `cents` None for all that is left of the hold, which is named by its key."""

    key: str
    hold: str
    counter: str
    cents: int | None
    remainder: bool


@dataclass
class Hold:
    account: str
    left: int
    expires: bool = False
    status: str = "active"
    overdue: bool = False


@dataclass
class Account:
    sign: int
    low: int | None = None
    high: int | None = None
    debits: int = 0
    credits: int = 0
    version: int = 0
    held: int = 0
    overridden: bool = False
    no_outflow: bool = False
    no_inflow: bool = False
    closed: bool = False

    @property
    def balance(self) -> int:
        return (self.debits - self.credits) * self.sign

    def excess(self) -> int:
        """How far it is out of its limits: negative below, where what is held counts as gone; positive above."""
        if self.low is not None and self.balance - self.held < self.low:
            return self.balance - self.held - self.low
        return max(0, self.balance - self.high) if self.high is not None else 0


@dataclass
class Model:
    accounts: dict[str, Account] = field(default_factory=dict)
    posted: dict[str, tuple[Entry, int]] = field(default_factory=dict)  # by key: what was asked, and its day
    reversed: set[str] = field(default_factory=set)
    holds: dict[str, Hold] = field(default_factory=dict)
    captured: dict[str, CaptureRequest] = field(default_factory=dict)
    today: int = 0

    def post(self, entry: Entry) -> str:
        if entry.key in self.posted:
            return "replayed" if self.posted[entry.key][0] == entry else "idempotency_key_reused"
        after, day = deepcopy(self.accounts), self.today if entry.day is None else entry.day
        refusal = self.fault(entry, day) or self.move(entry, after)
        if refusal:
            return refusal
        self.accounts, self.today = after, max(self.today, day)
        self.posted[entry.key] = entry, day
        self.reversed |= {entry.reverses} - {""}
        return "posted"

    def fault(self, entry: Entry, day: int) -> str:
        codes = [code for code, _, _ in entry.lines]
        touched = [(self.accounts.get(code), cents) for code, cents, _ in entry.lines]
        blocked = [
            "account_closed" if account.closed else "account_frozen"
            for account, cents in touched
            if account and (account.closed or (account.no_inflow if cents * account.sign > 0 else account.no_outflow))
        ]
        rules = {
            "already_reversed": entry.reverses in self.reversed,
            "unknown_account": any(account is None for account, _ in touched),
            "same_account": entry.kind == "transfer" and codes[0] == codes[1],
            (blocked or ["account_frozen"])[0]: bool(blocked),
            "unbalanced": sum(cents for _, cents in touched) != 0,
            "before_original": bool(entry.reverses) and day < self.posted[entry.reverses][1],
            "future_date": day > self.today and not entry.advance,
        }
        return next((code for code, broken in rules.items() if broken), "")

    def move(self, entry: Entry, after: dict[str, Account]) -> str:
        for code, cents, _ in entry.lines:
            account = after[code]
            account.debits, account.credits = account.debits + max(cents, 0), account.credits + max(-cents, 0)
            account.version += 1
        for code in dict.fromkeys(code for code, _, _ in entry.lines):
            account, excess, change = (
                after[code],
                after[code].excess(),
                after[code].balance - self.accounts[code].balance,
            )
            nearer = account.overridden and change * excess < 0
            # A capture leaves what is available as it was.
            same = entry.kind == "hold_capture" and account.held < self.accounts[code].held and excess < 0
            if excess and not entry.override and not nearer and not (account.overridden and same):
                return "insufficient_funds" if excess < 0 else "max_balance_exceeded"
            account.overridden = excess != 0
        wrong = any(v is not None and v != self.accounts[code].version for code, _, v in entry.lines)
        return "version_mismatch" if wrong else ""

    def place(self, key: str, code: str, cents: int, *, expires: bool) -> str:
        account = self.accounts.get(code)
        if account is None or account.closed or account.no_outflow:
            return "unknown_account" if account is None else "account_closed" if account.closed else "account_frozen"
        if account.low is not None and account.balance - account.held - cents < account.low:
            return "insufficient_funds"
        account.held += cents
        self.holds[key] = Hold(code, cents, expires)
        return "placed"

    def capture(self, asked: CaptureRequest) -> str:
        if asked.key in self.captured:
            return "replayed" if self.captured[asked.key] == asked else "idempotency_key_reused"
        hold = self.holds[asked.hold]
        if hold.status != "active" or hold.overdue:
            return "hold_expired" if hold.status in ("active", "expired") else "hold_not_active"
        cents = hold.left if asked.cents is None else asked.cents
        if cents > hold.left:
            return "hold_exceeded"
        if asked.counter == hold.account:
            return "same_account"
        out = -cents * self.accounts[hold.account].sign
        entry = Entry(asked.key, ((hold.account, out, None), (asked.counter, -out, None)), "hold_capture")
        after = deepcopy(self.accounts)
        after[hold.account].held -= cents
        refusal = self.fault(entry, self.today) or self.move(entry, after)
        if refusal:
            return refusal
        self.accounts, self.captured[asked.key] = after, asked
        self.posted[asked.key] = entry, self.today
        self.free(hold, cents, "captured", moved=True)
        if asked.remainder and hold.left:
            self.free(hold, hold.left, "released")
        return "captured"

    def release(self, key: str, cents: int | None) -> str:
        hold = self.holds[key]
        if hold.status != "active":
            return "hold_expired" if hold.status == "expired" else "hold_not_active"
        if cents is not None and cents > hold.left:
            return "hold_exceeded"
        self.free(hold, hold.left if cents is None else cents, "released")
        return "released"

    def extend(self, key: str, *, expires: bool) -> str:
        hold = self.holds[key]
        if hold.status != "active" or hold.overdue:
            return "hold_expired" if hold.status in ("active", "expired") else "hold_not_active"
        if self.accounts[hold.account].no_outflow:
            return "account_frozen"
        if not expires and not hold.expires:
            return "malformed"
        hold.expires = expires
        return "extended"

    def pass_time(self) -> None:
        for hold in self.holds.values():
            hold.overdue = hold.expires

    def expire(self) -> int:
        due = [hold for hold in self.holds.values() if hold.overdue and hold.status == "active"]
        for hold in due:
            self.free(hold, hold.left, "expired")
        return len(due)

    def free(self, hold: Hold, cents: int, ended: str, *, moved: bool = False) -> None:
        hold.left -= cents
        hold.status = hold.status if hold.left else ended
        account = self.accounts[hold.account]
        if not moved:
            account.held -= cents
            account.overridden = account.overridden and account.excess() != 0

    def batch(self, entries: list[Entry], *, atomic: bool) -> list[str]:
        before = deepcopy(self)
        codes = [self.post(entry) for entry in entries]
        if not atomic or set(codes) <= {"posted", "replayed"}:
            return codes
        self.__dict__ |= before.__dict__
        return ["batch_refused" if code in {"posted", "replayed"} else code for code in codes]

    def reverse(self, key: str, original: str, day: int | None, *, override: bool) -> str:
        entry = self.posted[original][0]
        if entry.reverses:
            return "not_reversible"
        lines = tuple((code, -cents, None) for code, cents, _ in entry.lines)
        return self.post(Entry(key, lines, "reversal", day, override, reverses=original))

    def set_limits(self, code: str, low: int | None, high: int | None) -> str:
        new = deepcopy(self.accounts[code])
        new.low, new.high = low, high
        if new.closed or (low is not None and high is not None and low > high):
            return "account_closed" if new.closed else "malformed"
        old, excess = self.accounts[code], new.excess()
        tighter = (excess < 0 and (old.low is None or new.low > old.low)) or (  # type: ignore[operator]
            excess > 0 and (old.high is None or new.high < old.high)  # type: ignore[operator]
        )
        if excess and (tighter or not old.overridden):
            return "limit_below_balance"
        new.overridden = excess != 0
        self.accounts[code] = new
        return "changed"
