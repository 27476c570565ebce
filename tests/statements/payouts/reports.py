"""Reports of payment processors with numbers of our own, in the shapes that the common ones have, and their maps."""

from __future__ import annotations

from recon.statements.parsers.columns import ColumnMap

# Fees are positive, those of a refund that was given back negative; the rows of two payouts, and one that waits.
ITEMIZED = """\
automatic_payout_id,automatic_payout_effective_at,balance_transaction_id,created,reporting_category,currency,gross,fee,net,description
po_1A,2026-03-04 00:00:00,txn_01,2026-03-02 09:12:44,charge,eur,120.00,3.78,116.22,Order 7001
po_1B,2026-03-05 00:00:00,txn_02,2026-03-03 10:00:00,charge,eur,40.00,1.41,38.59,Order 7002
po_1A,2026-03-04 00:00:00,txn_03,2026-03-02 17:40:09,charge,eur,59.50,2.02,57.48,Order 7003
po_1A,2026-03-04 00:00:00,txn_04,2026-03-03 08:01:30,refund,eur,-20.00,-0.58,-19.42,Refund for order 7001
po_1A,2026-03-04 00:00:00,txn_05,2026-03-03 08:02:00,fee,eur,-1.50,0.00,-1.50,Monthly account fee
,,txn_06,2026-03-03 21:15:00,charge,eur,75.00,2.48,72.52,Order 7004
"""
ITEMIZED_MAP = ColumnMap(
    booking_date="created", amount="gross", fee="fee", net="net", payout="automatic_payout_id",
    payout_date="automatic_payout_effective_at", customer_reference="balance_transaction_id", text="description",
    currency="currency",
)  # fmt: skip

# An account with a balance behind each row; fees are negative, and a withdrawal is a row of its own.
WALLET = """\
"Date";"Name";"Type";"Currency";"Gross";"Fee";"Net";"Transaction ID";"Balance"
"02/03/2026";"Jane Doe";"Express Checkout Payment";"EUR";"1.050,00";"-26,50";"1.023,50";"8AB01";"1.123,50"
"02/03/2026";"John Roe";"Payment Refund";"EUR";"-50,00";"1,25";"-48,75";"8AB02";"1.074,75"
"03/03/2026";"";"General Withdrawal";"EUR";"-1.000,00";"0,00";"-1.000,00";"8AB03";"74,75"
"""
WALLET_MAP = ColumnMap(
    booking_date="Date", amount="Gross", fee="Fee", net="Net", balance="Balance", bank_reference="Transaction ID",
    counterparty="Name", text="Type", currency="Currency", delimiter=";", decimal_mark=",", thousands_mark=".",
    date_format="DD/MM/YYYY",
)  # fmt: skip

# Two columns of amounts, and the payout of a batch as a row of it, which leaves nothing to take out.
BATCHES = """\
Merchant Account,Psp Reference,Creation Date,Type,Net Currency,Net Debit (NC),Net Credit (NC),Merchant Reference,Batch Number
Shop,PSP00001,2026-03-02 10:00:00,Settled,EUR,,97.20,order-1,41
Shop,PSP00002,2026-03-02 11:00:00,Refunded,EUR,10.25,,order-2,41
Shop,,2026-03-03 02:00:00,MerchantPayout,EUR,86.95,,TX0041 batch 41,41
"""
BATCHES_MAP = ColumnMap(
    booking_date="Creation Date", debit="Net Debit (NC)", credit="Net Credit (NC)", payout="Batch Number",
    bank_reference="Psp Reference", customer_reference="Merchant Reference", text="Type", currency="Net Currency",
)  # fmt: skip

# Costs are rows of their own.
SETTLEMENT = """\
Date,Payment method,Currency,Amount,ID,Description,Settlement reference
2026-03-02,ideal,EUR,25.00,tr_a1,Order 81,1234567.2603.01
2026-03-02,creditcard,EUR,75.00,tr_a2,Order 82,1234567.2603.01
2026-03-03,,EUR,-2.64,,Withheld transaction fees,1234567.2603.01
"""
SETTLEMENT_MAP = ColumnMap(
    booking_date="Date", amount="Amount", currency="Currency", payout="Settlement reference", customer_reference="ID",
    text="Description",
)  # fmt: skip

REPORTS = {
    "itemized": (ITEMIZED, ITEMIZED_MAP), "wallet": (WALLET, WALLET_MAP), "batches": (BATCHES, BATCHES_MAP),
    "settlement": (SETTLEMENT, SETTLEMENT_MAP),
}  # fmt: skip
