#!/usr/bin/env python3
"""Registers a service with plain etcd: no library, no agent, etcd's own JSON gateway.

    python3 register-plain.py http://127.0.0.1:2379 order 10.0.0.7:8080

Puts /services/{name}/{host:port} under a lease and keeps it alive. Leverframe shows it as an instance that cannot
prove what it applied. `--once` registers for a minute and leaves.
"""
import base64
import json
import sys
import time
import urllib.request


def call(endpoint, path, body):
    request = urllib.request.Request(
        endpoint + path,
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def encode(text):
    return base64.b64encode(text.encode()).decode()


def main():
    endpoint, service, address = sys.argv[1:4]
    once = "--once" in sys.argv
    lease = call(endpoint, "/v3/lease/grant", {"TTL": 60 if once else 10})["ID"]
    key = f"/services/{service}/{address}"
    call(endpoint, "/v3/kv/put", {"key": encode(key), "value": encode("{}"), "lease": lease})
    print(f"registered {key}", flush=True)
    while not once:
        time.sleep(3)
        try:
            call(endpoint, "/v3/lease/keepalive", {"ID": lease})
        except OSError as error:
            sys.exit(f"etcd does not answer ({error}): the registration ends with its lease")


if __name__ == "__main__":
    main()
