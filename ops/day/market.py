"""Setting the market up: shops with approved owners and stocked products, agents at work.

Each step looks first at what an earlier run left, so setting up twice changes nothing.
"""

from concurrent.futures import ThreadPoolExecutor

from .cast import Character, enter
from .money import text
from .waiting import until

SHOPS = 20
AGENTS = 12
PRODUCTS_PER_SHOP = 6
STOCK = 1_000_000
BLOCKED_SHOP = 7  # The shop whose TPIN no taxpayer has.
KINDS = ("MERCHANT", "MERCHANT", "DISTRIBUTOR", "INDIVIDUAL")
GOODS = ("Maize meal", "Cooking oil", "Solar lamp", "Chitenge cloth", "Kapenta", "Blanket",
         "Phone charger", "Roofing sheet", "Fertiliser", "School bag", "Groundnuts", "Bicycle tyre")


class Shop:
    """A shop of the day: its id, its owner, its products as the API shows them."""

    def __init__(self, shop_id, owner, tpin, products):
        self.id, self.owner, self.tpin, self.products = shop_id, owner, tpin, products


class Agent:
    """A delivery agent of the day."""

    def __init__(self, agent_id, person):
        self.id, self.person = agent_id, person


def enable_invoicing(admin):
    """Turns the master switch of tax invoices on."""
    admin.put("/admin/config/zra_invoicing_enabled", {"value": "true"})


def open_shops(api, admin, progress):
    """The twenty shops, in the order of their numbers."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda number: open_shop(api, admin, number, progress), range(SHOPS)))


def open_shop(api, admin, number, progress):
    """One shop, from its owner's registration to its stocked shelves."""
    owner = enter(api, Character("seller", number))
    mine = owner.get("/auth/me").get("shopIds") or []
    shop_id = mine[0] if mine else owner.post(
        "/shops", shop_form(number), key=f"day-shop-{number}")["shopId"]
    shop = owner.get(f"/shops/{shop_id}")
    if shop["status"] == "PENDING":
        admin.patch(f"/admin/shops/{shop_id}/approve", key=f"day-approve-{shop_id}")
    until(lambda: "SHOP_OWNER" in owner.get("/auth/me")["roles"], 10, "the owner's role")
    progress.add("shops")
    return Shop(shop_id, owner, shop_form(number)["tpin"],
                stock_shelves(owner, shop_id, number, progress))


def shop_form(number):
    """What the owner of a shop fills in."""
    character = Character("seller", number)
    first = "9" if number == BLOCKED_SHOP else "1"
    return {"name": f"{GOODS[number % len(GOODS)]} House {number + 1}",
            "sellerKind": KINDS[number % len(KINDS)],
            "tpin": f"{first}00{number:07d}",
            "address": f"Stand {number + 1}, Market Street, {character.city}",
            "phone": character.phone,
            "payoutMethod": {"type": "MOBILE_MONEY", "provider": character.operator,
                             "phone": character.phone}}


def stock_shelves(owner, shop_id, number, progress):
    """A shop's products, as anyone sees them."""
    there = {product["name"]: product["id"]
             for product in owner.all("/products", {"shopId": shop_id})}
    products = []
    for index in range(PRODUCTS_PER_SHOP):
        form = product_form(shop_id, number, index)
        product_id = there.get(form["name"]) or owner.post(
            "/products", form, key=f"day-product-{number}-{index}")["productId"]
        products.append(owner.get(f"/products/{product_id}"))
        progress.add("products")
    return products


def product_form(shop_id, number, index):
    """A product; every other one is cheaper from ten and from fifty pieces on."""
    price = 1_999 + 1_733 * index + 607 * number
    form = {"shopId": shop_id, "name": f"{GOODS[(number + index) % len(GOODS)]} no. {index + 1}",
            "description": "Good quality, ready for delivery.", "price": text(price),
            "stock": STOCK, "categories": ["household" if index % 2 else "food"],
            "zraItemCode": f"GDS-{number:02d}{index:02d}"}
    if index % 2 == 0:
        form["wholesaleTiers"] = [{"minQuantity": 10, "price": text(price * 9 // 10)},
                                  {"minQuantity": 50, "price": text(price * 8 // 10)}]
    return form


def hire_agents(api, admin, progress):
    """The twelve agents, approved and available."""
    with ThreadPoolExecutor(6) as pool:
        return list(pool.map(lambda number: hire_agent(api, admin, number, progress),
                             range(AGENTS)))


def hire_agent(api, admin, number, progress):
    """One agent, from application to the first free hour."""
    character = Character("agent", number)
    person = enter(api, character)
    form = {"type": "INDIVIDUAL", "fullName": character.name, "nrc": f"{100000 + number}/10/1",
            "phone": character.phone, "vehicle": {"type": "MOTORBIKE",
                                                  "registration": f"BAA {1000 + number}"}}
    myself = person.get("/auth/me")
    agent_id = myself.get("agentId") or person.post(
        "/delivery/apply", form, key=f"day-agent-{number}")["agentId"]
    if "DELIVERY_AGENT" not in myself["roles"]:
        admin.patch(f"/delivery/admin/agents/{agent_id}/approve", key=f"day-hire-{agent_id}")
    until(lambda: "DELIVERY_AGENT" in person.get("/auth/me")["roles"], 10, "the agent's role")
    person.patch("/delivery/agent/availability", {"available": True})
    progress.add("agents")
    return Agent(agent_id, person)
