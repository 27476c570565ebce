from uuid import uuid4
from tests.builders import an_account, an_entity
from tests.client import ApiClient
from ledgerflow.events.commands.processing import Processor

def test_smoke():
    entity = an_entity()
    client = ApiClient(entity)
    one = client.post("/api/commands", {"type": "CREATE_ACCOUNT", "payload": {"code": "cash", "name": "Cash", "currency": "EUR"}})
    assert one.status == 202, one.json
    two = client.post("/api/commands", {"type": "CREATE_ACCOUNT", "payload": {"code": "sales", "name": "Sales", "currency": "EUR", "type": "income"}})
    t = {"debit_account": "cash", "credit_account": "sales", "amount": "5.00"}
    three = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": t}, key="k1")
    four = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": t | {"amount": "5.0"}}, key="k1")
    assert four.headers["Idempotent-Replayed"] == "true"
    assert four.json == three.json
    five = client.post("/api/commands", {"type": "TRANSFER_MONEY", "payload": t | {"amount": "6.0"}}, key="k1")
    assert five.status == 422, five.json
    b = client.post("/api/commands/batch", {"items": [{"type": "TRANSFER_MONEY", "payload": t, "idempotency_key": f"b{n}"} for n in range(3)] + [{"type": "X", "payload": {}}]})
    print(b.json)
    while Processor().step(): pass
    for x in (one, two, three):
        print(client.get(x.headers["Location"]).json)
    print(client.get("/api/commands").json)
    six = client.post("/api/commands", {"type": "PLACE_HOLD", "payload": {"account": "cash", "amount": "100.00"}})
    assert six.status == 202, six.json
    while Processor().step(): pass
    print(client.get(six.headers["Location"]).json)
    from journals.proof.ledger import verify_books
    assert verify_books(entity.id) == []
    assert 0
