"""Fills a shop for the load test: buyers with tokens and products with much stock, as a Lua table.

    python3 pool.py API_URL FILE

The server's settings and PAKASHOP (the binary) must be in the environment.
"""

import json
import os
import subprocess
import sys

from day.cast import Character, enter
from day.client import Api, Person
from day.market import open_shop, product_form
from day.progress import Progress

BUYERS, SHOPS, PRODUCTS_PER_SHOP = 64, 8, 250


def admin(api):
    """A platform admin, made on the command line."""
    done = subprocess.run(
        [os.environ["PAKASHOP"], "user", "create", "--role", "PLATFORM_ADMIN", "--email",
         "admin@bench.example", "--phone", "+260970000203", "--name", "Bench",
         "--password-stdin"], input="Bench-password-2026\n", text=True, check=True,
        stdout=subprocess.PIPE)
    secret = json.loads(done.stdout)["totpSecret"]
    return Person(api, "admin@bench.example", "Bench-password-2026", secret).login()


def main(url, path):
    """Writes `return {key = …, tokens = {…}, products = {…}}`."""
    api = Api(url, os.environ["PAKASHOP_CLIENT_KEY"], os.environ["INTERNAL_API_KEY"], patience=20)
    boss = admin(api)
    with Progress(BUYERS) as progress:
        shops = [open_shop(api, boss, number, progress) for number in range(SHOPS)]
        tokens = [enter(api, Character("buyer", number)).access for number in range(BUYERS)]
        products = [product for shop in shops for product in fill_shelves(shop, progress)]
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'return {{ key = "{api.client_key}",\n  tokens = {lua(tokens)},\n'
                   f'  products = {lua(products)} }}\n')


def fill_shelves(shop, progress):
    """The ids of as many products as a shop of some size has."""
    products = [product["id"] for product in shop.products]
    for index in range(len(products), PRODUCTS_PER_SHOP):
        form = product_form(shop.id, 0, index)
        products.append(shop.owner.post("/products", form, key=f"bench-{shop.id}-{index}")["productId"])
        progress.add("products")
    return products


def lua(texts):
    """A Lua list of strings that need no escaping."""
    return "{" + ", ".join(f'"{text}"' for text in texts) + "}"


if __name__ == "__main__":
    main(*sys.argv[1:])
