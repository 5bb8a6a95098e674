"""What an agent's device sends for a signature: a picture, strokes, and the seed's hash of them."""

import base64
import hashlib
import struct
import zlib


def _chunk(kind, data):
    return (struct.pack(">I", len(data)) + kind + data
            + struct.pack(">I", zlib.crc32(kind + data)))


def signature_image(text):
    """A small PNG whose pixels depend on `text`, as raw base64 without a data URI."""
    width, height = 32, 8
    pixels = hashlib.shake_256(text.encode()).digest(width * height // 8)
    row = width // 8
    rows = b"".join(b"\0" + pixels[i * row:(i + 1) * row] for i in range(height))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    png = (b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header)
           + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b""))
    return base64.b64encode(png).decode()


def strokes():
    """Two strokes of a finger: points with their time in milliseconds."""
    return [[{"x": 4 * i, "y": 10 + i % 5, "t": 16 * i} for i in range(12)],
            [{"x": 40 + i, "y": 20 - i, "t": 400 + 16 * i} for i in range(6)]]


def signature_hash(order_id, image, signatory, captured_at):
    """POD-08: SHA-256 of order id, image, name and time, one after the other, lower-case hex."""
    return hashlib.sha256(f"{order_id}{image}{signatory}{captured_at}".encode()).hexdigest()
