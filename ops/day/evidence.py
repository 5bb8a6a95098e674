"""What the checks look at, fetched once: the API's side and the sandbox's side."""

from concurrent.futures import ThreadPoolExecutor


class Evidence:
    """Everything both sides say about the day."""

    def __init__(self, admin, finance, sandbox):
        self.admin, self.finance, self.sandbox = admin, finance, sandbox
        self.books = finance.get("/admin/books")
        self.ledger = sandbox.get("/sandbox/ledger")
        self.received_invoices = sandbox.get("/sandbox/invoices")
        self.messages = sandbox.get("/sandbox/messages")
        self.orders = self._each("/orders/", finance.all("/orders"), finance)
        self.shops = admin.all("/admin/shops")
        self.payouts = finance.all("/admin/payouts")
        self.transmissions = finance.all("/admin/zra/transmissions")
        self.accounts = {shop["id"]: self._account(shop["id"]) for shop in self.shops}

    def _each(self, prefix, rows, person):
        """The full document of every row of a list."""
        with ThreadPoolExecutor(8) as pool:
            return list(pool.map(lambda row: person.get(prefix + row["id"]), rows))

    def _account(self, shop_id):
        """A shop's balances with its lines and payouts."""
        path = f"/shops/{shop_id}/account"
        account = self.finance.get(path)
        account["lines"] = self.finance.all(f"{path}/lines")
        account["payouts"] = self.finance.all(f"{path}/payouts")
        return account

    @property
    def paid_orders(self):
        """Orders whose money came in and stayed."""
        return [order for order in self.orders if order["paymentStatus"] == "PAID"]

    def deposits(self, status="COMPLETED"):
        """The provider's own deposits of a status."""
        return [row for row in self.ledger if row["kind"] == "deposit" and row["status"] == status]

    def provider_payouts(self, status="COMPLETED"):
        """The provider's own payouts of a status."""
        return [row for row in self.ledger if row["kind"] == "payout" and row["status"] == status]
