"""Writes users.json: the bucket of each of 2,000 users under one salt, by an implementation of MurmurHash3_x86_32 that
shares nothing with Leverframe's (written from Austin Appleby's description). Run: python3 users.py > users.json"""
import json

MASK = 0xFFFFFFFF


def rotl(x, r):
    return ((x << r) | (x >> (32 - r))) & MASK


def murmur3_x86_32(data, seed=0):
    h = seed
    whole = len(data) // 4 * 4
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little")
        k = rotl(k * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK
        h = (rotl(h ^ k, 13) * 5 + 0xE6546B64) & MASK
    if whole < len(data):
        k = int.from_bytes(data[whole:], "little")
        h ^= rotl(k * 0xCC9E2D51 & MASK, 15) * 0x1B873593 & MASK
    h ^= len(data)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        h = (h ^ (h >> shift)) * factor & MASK
    return h


# Published vectors of the algorithm.
assert murmur3_x86_32(b"") == 0
assert murmur3_x86_32(b"test") == 0xBA6BD213
assert murmur3_x86_32(b"Hello, world!") == 0xC0363E43
assert murmur3_x86_32(b"The quick brown fox jumps over the lazy dog") == 0x2E4FF723

SALT = "gray-users"
buckets = []
for user in range(1, 2001):
    h = murmur3_x86_32(f"{SALT}:u-{user}".encode())
    buckets.append(h % 100 * 100 + h // 100 % 100)
print(json.dumps({"salt": SALT, "users": "u-1 … u-2000", "buckets": buckets}, ensure_ascii=False))
