"""The queue that everybody writes first: RPOP, and an LPUSH to another list for messages that fail."""

import os
import time

import redis

Client = redis.RedisCluster if os.environ.get("TOPOLOGY") == "cluster" else redis.Redis
client = Client.from_url(os.environ["REDIS_URL"], decode_responses=True)


def handle(message):
    print("handling", message)
    time.sleep(float(os.environ.get("HANDLE_SECONDS", "0")))
    if "fail" in message:
        raise ValueError(f"cannot handle {message}")
    client.sadd("my_processed", message)


print("ready")
while True:
    message = client.rpop("my_queue")
    if message is None:
        time.sleep(0.02)
        continue
    try:
        handle(message)
    except ValueError as error:
        print(error)
        client.lpush("my_dlq", message)
