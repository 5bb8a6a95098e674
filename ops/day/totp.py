"""One-time codes of a second factor (RFC 6238: SHA-1, six digits, steps of 30 seconds)."""

import base64
import hashlib
import hmac
import struct

STEP_SECONDS = 30


def code(secret, at):
    """The code of a base32 secret at an instant (Unix seconds)."""
    padded = secret.upper() + "=" * (-len(secret) % 8)
    counter = struct.pack(">Q", int(at) // STEP_SECONDS)
    digest = hmac.new(base64.b32decode(padded), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    number = struct.unpack(">I", digest[start:start + 4])[0] & 0x7FFFFFFF
    return f"{number % 1_000_000:06d}"
