"""The day itself: buyers arrive, order, pay and receive; finance pays the shops out."""

import contextlib
import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .cast import Character, enter
from .journey import ENDED, UNDER_WAY, Journey, Market
from .market import enable_invoicing, hire_agents, open_shops
from .waiting import until

WORKERS = 24  # Buyers who are busy at the same moment.
SETTLEMENT_SECONDS = 5


def set_up(api, admin, finance, sandbox, progress):
    """Shops and agents, new or found again; returns the Market."""
    enable_invoicing(admin)
    with ThreadPoolExecutor(2) as pool:
        shops = pool.submit(open_shops, api, admin, progress)
        agents = pool.submit(hire_agents, api, admin, progress)
        return Market(admin, finance, sandbox, shops.result(), agents.result())


def trade(api, market, orders, progress):
    """At least that many orders come to an end, two for each buyer, then everybody is paid. Orders
    that an earlier day left on their way are among them."""
    visits = queue.SimpleQueue()
    buyers = range((orders + 1) // 2)
    for number in sorted(left_waiting(market).difference(buyers)):
        visits.put((number, 0))
    for number in buyers:
        visits.put((number, min(2, orders - 2 * number)))
    closing = threading.Event()
    settling = threading.Thread(target=settle_now_and_then, args=(market, closing, progress))
    settling.start()
    try:
        with ThreadPoolExecutor(WORKERS) as pool:
            workers = [pool.submit(serve_buyers, api, market, visits, progress)
                       for _ in range(WORKERS)]
            try:
                for worker in workers:
                    worker.result()
            except BaseException:
                turn_away(visits)
                raise
    finally:
        closing.set()
        settling.join()
    pay_everybody(market, progress)


def serve_buyers(api, market, visits, progress):
    """One worker: takes buyer after buyer until the day is over, or somebody's visit failed."""
    while True:
        try:
            number, orders = visits.get_nowait()
        except queue.Empty:
            return
        try:
            visit(api, market, Character("buyer", number), orders, progress)
        except BaseException:
            turn_away(visits)
            raise


def turn_away(visits):
    """Nobody starts a new visit after a failure or an interruption."""
    with contextlib.suppress(queue.Empty):
        while True:
            visits.get_nowait()


def left_waiting(market):
    """The numbers of the buyers who have orders on their way."""
    orders = [order for status in UNDER_WAY
              for order in market.admin.all("/orders", {"status": status})]
    found = [Character.buyer_with(order["deliveryAddress"].get("phone", "")) for order in orders]
    return {buyer.number for buyer in found if buyer}


def visit(api, market, character, orders, progress):
    """A buyer finishes what an earlier day left open, then buys `orders` times."""
    buyer = enter(api, character)
    progress.add("buyers")
    earlier = buyer.all("/orders")
    for order in earlier:
        if order["status"] not in ENDED:
            Journey(market, buyer, character, order["id"], progress).finish()
    for number in range(len(earlier), len(earlier) + orders):
        Journey.begin(market, buyer, character, number, progress).finish()


def settle(market, progress):
    """One settlement run."""
    reply = market.finance.post("/admin/settlements/run", {})
    progress.add("payouts", len(reply["payouts"]))


def settle_now_and_then(market, closing, progress):
    """Settlement runs while the day goes on."""
    while not closing.wait(SETTLEMENT_SECONDS):
        settle(market, progress)


def pay_everybody(market, progress):
    """After the last delivery: runs settlement until no shop waits for money."""
    def paid():
        books = market.finance.get("/admin/books")
        if books["releasable"] != "0.00":
            settle(market, progress)
            time.sleep(1)
        return books["held"] == books["releasable"] == books["inPayout"] == "0.00"

    until(paid, 120, "every shop paid out", pause=0.5)
