"""What the reports add to the whole."""

from __future__ import annotations

from ledgerflow.core.page_help import PageHelp
from ledgerflow.core.plugins import Plugin

PLUGIN = Plugin(
    room="report_pages",
    helps=(
        PageHelp(
            "report_trial-balance",
            "The trial balance lists each account with its debits, credits and balance.",
            "Choose the day and the layers; both sides come to the same in each currency.",
            "CSV, XLSX and PDF hold the whole, the page the first rows.",
            "reports.md#the-trial-balance",
        ),
        PageHelp(
            "report_balance-sheet",
            "The balance sheet shows what the books own and owe at the end of a day.",
            "Choose the day, and others to compare it with.",
            "Profit that is not carried to equity yet has a line of its own.",
            "reports.md#the-tree",
        ),
        PageHelp(
            "report_income-statement",
            "The income statement shows income and expense of a time.",
            "Choose from and to, and months or quarters side by side.",
            "Closing entries do not count unless you ask for them.",
            "reports.md#of-a-range",
        ),
        PageHelp(
            "report_cash-flow",
            "The cash flow statement says where money came from and where it went.",
            "Choose the time and the method.",
            "It is made from the journals themselves, so that it agrees with the cash accounts.",
            "reports.md#cash-flows",
        ),
        PageHelp(
            "report_cash-movement",
            "This report shows where cash came from and where it went, by the account on the other side.",
            "Choose the time.",
            "You may name the accounts that count as cash.",
            "reports.md#cash-flows",
        ),
        PageHelp(
            "report_changes-in-equity",
            "This statement shows how equity came from its opening to its closing balance.",
            "Choose the time and how the columns are made.",
            "The result of the year is in it before it is carried over.",
            "reports.md#changes-in-equity",
        ),
        PageHelp(
            "report_general-ledger",
            "The general ledger lists every line of the accounts, with the balance after it.",
            "Choose accounts and the time.",
            "The page shows the first lines, the files all of them.",
            "reports.md#lines",
        ),
        PageHelp(
            "report_statement",
            "The account statement is what one account's owner may get: opening, lines, closing.",
            "Give the account and the time, then print it or take the PDF.",
            "With the same Known at it says the same tomorrow.",
            "reports.md#lines",
        ),
        PageHelp(
            "report_open-items",
            "This report lists invoices and payments that are not settled.",
            "Choose the day and the accounts.",
            "What was allocated later does not count for an earlier day.",
            "open-items.md#reports",
        ),
        PageHelp(
            "report_aged-balances",
            "This report shows what is due from or to each party, by age.",
            "Choose the day and the accounts.",
            "Ages count from the due date, or from the date where there is none.",
            "open-items.md#reports",
        ),
        PageHelp(
            "report_allocations",
            "This report lists which payments settled which invoices.",
            "Choose the time and the accounts.",
            "What was allocated later does not count for an earlier day, nor what was undone by then.",
            "open-items.md#reports",
        ),
        PageHelp(
            "report_party-statement",
            "The statement of a party lists its invoices and payments with what is open.",
            "Give the party and the time.",
            "A party is what the dimension of the lines says.",
            "open-items.md#reports",
        ),
        PageHelp(
            "report_tax",
            "The tax report shows the base and the tax of each code in a time.",
            "Choose the time of the return.",
            "Each tax account follows with what of it bears a code, and the rest.",
            "taxes.md#the-report",
        ),
        PageHelp(
            "report_budget-variance",
            "This report sets what was posted beside what was planned.",
            "Choose the budget and the time.",
            "Income above and expense below the plan are both favourable.",
            "dimensions.md#budgets",
        ),
        PageHelp(
            "report_credits-liability",
            "This report shows what is owed to the owners of credits, by the month it expires in.",
            "Choose the day and the unit.",
            "Credits that were paid for stand apart from gifts.",
            "credits.md#reading-what-an-owner-has",
        ),
        PageHelp(
            "audit-files",
            "Audit files hand the books to an auditor or a tax office in the form of a country.",
            "Choose the form and the time.",
            "What the form cannot say is refused with its reason instead of being left out.",
            "audit-files.md#what-is-in-them",
        ),
    ),
)
