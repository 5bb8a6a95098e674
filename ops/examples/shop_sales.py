#!/usr/bin/python3
"""What each shop has sold, from Pakashop's public events: a whole integration in one file.

    ops/examples/shop_sales.py BROKERS DATABASE [--idle SECONDS]

Follows the orders' topic into tables of its own (SQLite), and prints them once nothing came for so
long. Figures and places are written in one transaction, so killing it harms nothing; a message
that comes again is told by its ce_sequence. A log that has grown publishes its whole history anew,
so its figures begin in a new database.
"""

import argparse
import json
import sqlite3

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

TOPIC = "pakashop.events.order"
TABLES = """
CREATE TABLE IF NOT EXISTS sales (shop TEXT PRIMARY KEY, units INTEGER, ngwee INTEGER);
CREATE TABLE IF NOT EXISTS places
    (partition INTEGER PRIMARY KEY, offset INTEGER, log TEXT, sequence TEXT);
"""
SIGNS = {"order.confirmed.v1": 1, "order.cancelled.v1": -1, "order.fulfilment_cancelled.v1": -1}


def book(db, event_type, event):
    """A confirmed order is sold; of a cancelled one, what had been paid is not sold after all."""
    sign = SIGNS.get(event_type, 0) if event.get("paid", True) else 0
    for line in event["lines"] if sign else []:
        ngwee = int(line["lineTotal"].replace(".", ""))  # Amounts are decimal texts.
        db.execute("INSERT INTO sales VALUES (?, 0, 0) ON CONFLICT DO NOTHING", [line["shop"]])
        db.execute("UPDATE sales SET units = units + ?, ngwee = ngwee + ? WHERE shop = ?",
                   [sign * line["quantity"], sign * ngwee, line["shop"]])


def take(db, message):
    """One message, once: what is not behind the last one of its partition was seen before."""
    headers = {name: value.decode() for name, value in message.headers()}
    log = headers["ce_source"].rpartition(":")[0]  # The same for all partitions.
    if db.execute("SELECT 1 FROM places WHERE log <> ?", [log]).fetchone():
        raise SystemExit(f"These are facts of {log}, a log that was made anew: use a new database.")
    seen = db.execute("SELECT sequence FROM places WHERE partition = ?", [message.partition()])
    if headers["ce_sequence"] > (seen.fetchone() or [""])[0]:
        book(db, headers["ce_type"], json.loads(message.value()))
        db.execute("INSERT OR REPLACE INTO places VALUES (?, ?, ?, ?)",
                   [message.partition(), message.offset() + 1, log, headers["ce_sequence"]])


def follow(db, brokers, idle):
    """Goes on where the tables stand, until nothing comes any more."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "shop-sales",
                         "auto.offset.reset": "earliest", "enable.auto.commit": False})  # The place is ours, not the broker's.
    places = dict(db.execute("SELECT partition, offset FROM places"))
    consumer.assign([TopicPartition(TOPIC, number, places.get(number, OFFSET_BEGINNING))
                     for number in consumer.list_topics(TOPIC, 10).topics[TOPIC].partitions])
    while batch := consumer.consume(500, idle):
        with db:  # One transaction.
            for message in batch:
                if message.error():
                    raise SystemExit(str(message.error()))
                take(db, message)
    consumer.close()


def main():
    """Follows, then prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("brokers")
    parser.add_argument("database")
    parser.add_argument("--idle", type=float, default=5)
    options = parser.parse_args()
    db = sqlite3.connect(options.database)
    db.executescript(TABLES)
    follow(db, options.brokers, options.idle)
    for shop, units, ngwee in db.execute("SELECT * FROM sales ORDER BY shop"):
        print(f"{shop} {units} {ngwee // 100}.{ngwee % 100:02d}")


if __name__ == "__main__":
    main()
