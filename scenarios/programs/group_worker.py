"""A consumer group: what a worker has read and not acknowledged stays on the server, and another one claims it."""

import os
import time

import redis

STREAM, GROUP, NAME = "my_stream", "workers", os.environ["WORKER"]
CLAIM_AFTER_MS = 300

Client = redis.RedisCluster if os.environ.get("TOPOLOGY") == "cluster" else redis.Redis
client = Client.from_url(os.environ["REDIS_URL"], decode_responses=True)
try:
    client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
except redis.ResponseError as error:
    if "BUSYGROUP" not in str(error):
        raise


def handle(message):
    print("handling", message)
    time.sleep(float(os.environ.get("HANDLE_SECONDS", "0")))
    if "fail" in message:
        raise ValueError(f"cannot handle {message}")
    client.sadd("my_processed", message)


def entries():
    """What others left behind, then what is new."""
    claimed = client.xautoclaim(STREAM, GROUP, NAME, CLAIM_AFTER_MS)[1]
    read = client.xreadgroup(GROUP, NAME, {STREAM: ">"}, count=1, block=50)
    return claimed + [entry for _, new in read for entry in new]


print("ready")
while True:
    for id, fields in entries():
        try:
            handle(fields["message"])
        except ValueError as error:
            print(error)
            client.lpush("my_dlq", fields["message"])
        client.xack(STREAM, GROUP, id)
