"""Measures commit to visible: places orders and reads each back with its Pakashop-Position.

    python3 lag.py API_URL POOL_FILE SECONDS      (prints one JSON line)

The read waits in the server until the read model is there, so the time from the command's answer to
the read's answer is the lag a client can see, one read included.
"""

import json
import os
import re
import sys
import time

from day.client import Api, Problem

PROBES_PER_SECOND = 20


def main(url, pool, seconds):
    """Probes at a steady pace; prints percentiles."""
    api = Api(url, os.environ["PAKASHOP_CLIENT_KEY"], patience=0)
    with open(pool, encoding="utf-8") as file:
        text = file.read()
    token = re.search(r'tokens = \{"([^"]+)"', text)[1]
    product = re.search(r'products = \{"([^"]+)"', text)[1]
    form = {"items": [{"productId": product, "quantity": 1}], "deliveryAddress": {
        "firstName": "Lag", "lastName": "Probe", "line1": "Plot 1", "city": "Lusaka",
        "phone": "+260977000222"}}
    lags, errors, end = [], 0, time.monotonic() + float(seconds)
    while time.monotonic() < end:
        began = time.monotonic()
        placed = api.call("POST", "/orders", form, token=token)
        answered = time.monotonic()
        try:
            api.get(f"/orders/{placed.json['id']}", token=token, position=placed.position)
        except Problem:
            errors += 1
        lags.append(1000 * (time.monotonic() - answered))
        time.sleep(max(0, 1 / PROBES_PER_SECOND - (time.monotonic() - began)))
    lags.sort()
    print(json.dumps({"figure": "lag", "measured": round(lags[int(len(lags) * 0.99)], 1),
                      "p50_ms": round(lags[len(lags) // 2], 1), "probes": len(lags),
                      "errors": errors}))


if __name__ == "__main__":
    main(*sys.argv[1:])
