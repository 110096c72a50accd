# SPDX-License-Identifier: Apache-2.0
"""XSalsa20-Poly1305 as its papers define it: the box of a sealed count."""

import hmac
from struct import pack, unpack

CONSTANTS = unpack("<4I", b"expand 32-byte k")
NONCE_BYTES, KEY_BYTES, TAG_BYTES, BLOCK = 24, 32, 16, 64
MASK = 0xFFFFFFFF


def rounds(state):
    x = list(state)

    def quarter(a, b, c, d):
        for to, one, two, turn in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
            total = (x[one] + x[two]) & MASK
            x[to] ^= (total << turn | total >> (32 - turn)) & MASK

    for _ in range(10):
        for first in range(4):  # columns, each from its place on the diagonal
            quarter(*((5 * first + 4 * i) % 16 for i in range(4)))
        for first in range(4):  # rows
            quarter(*(4 * first + (first + i) % 4 for i in range(4)))
    return x


def state_of(key, middle):
    k = unpack("<8I", key)
    return [CONSTANTS[0], *k[:4], CONSTANTS[1], *unpack("<4I", middle), CONSTANTS[2], *k[4:],
            CONSTANTS[3]]


def stream(key, nonce, size):
    """The first `size` bytes of XSalsa20."""
    mixed = rounds(state_of(key, nonce[:16]))
    inner = pack("<8I", *(mixed[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))
    out = b""
    for counter in range(-(-size // BLOCK)):
        state = state_of(inner, nonce[16:] + counter.to_bytes(8, "little"))
        out += pack("<16I", *((a + b) & MASK for a, b in zip(rounds(state), state)))
    return out[:size]


def poly1305(key, message):
    r = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF
    total = 0
    for at in range(0, len(message), 16):
        block = message[at : at + 16] + b"\1"
        total = (total + int.from_bytes(block, "little")) * r % ((1 << 130) - 5)
    total += int.from_bytes(key[16:], "little")
    return (total & ((1 << 128) - 1)).to_bytes(16, "little")


def open_box(key, nonce, box):
    """What is in it: None where the key is another or a bit was changed."""
    if len(key) != KEY_BYTES or len(nonce) != NONCE_BYTES or len(box) < TAG_BYTES:
        return None
    tag, sealed = box[:TAG_BYTES], box[TAG_BYTES:]
    pad = stream(key, nonce, 32 + len(sealed))
    if not hmac.compare_digest(tag, poly1305(pad[:32], sealed)):
        return None
    return bytes(a ^ b for a, b in zip(sealed, pad[32:]))
