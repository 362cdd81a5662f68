import json
import os
import time
import uuid

import pytest
import redis

N = uuid.uuid4().hex


@pytest.fixture(scope="module")
def r():
    client = redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    yield client
    for key in client.scan_iter(f"{N}:*"):
        client.unlink(key)


def test_cache_set(r):
    assert r.set(f"{N}:user:1", json.dumps({"name": "ada", "age": 36}), ex=60)


def test_cache_get(r):
    assert json.loads(r.get(f"{N}:user:1")) == {"name": "ada", "age": 36}


def test_cache_ttl(r):
    assert 50 < r.ttl(f"{N}:user:1") <= 60


def test_counter(r):
    assert r.incrby(f"{N}:visits", 5) == 5


def test_counter_type(r):
    assert r.type(f"{N}:visits") == "string"


def test_cache_delete(r):
    assert r.delete(f"{N}:user:1") == 1


def test_cache_miss(r):
    assert r.get(f"{N}:user:1") is None


@pytest.fixture(scope="module")
def listeners(r):
    subscribed = [r.pubsub() for _ in range(3)]
    for one in subscribed:
        one.subscribe(f"{N}:news")
        assert one.get_message(timeout=2)["type"] == "subscribe"
    yield subscribed
    for one in subscribed:
        one.close()


def test_publish(r, listeners):
    for n in range(10):
        assert r.publish(f"{N}:news", json.dumps({"n": n})) == 3


@pytest.mark.parametrize("index", range(3))
def test_every_listener_receives(listeners, index):
    received = []
    deadline = time.monotonic() + 2
    while len(received) < 10 and time.monotonic() < deadline:
        message = listeners[index].get_message(timeout=0.1)
        if message and message["type"] == "message":
            received.append(json.loads(message["data"])["n"])
    assert received == list(range(10))


def test_push(r):
    for n in range(10):
        r.lpush(f"{N}:jobs", json.dumps({"n": n}))
    assert r.llen(f"{N}:jobs") == 10


def test_work(r):
    done, failed, seen = [], 0, set()
    while True:
        raw = r.lmove(f"{N}:jobs", f"{N}:jobs:processing", "RIGHT", "LEFT")
        if raw is None:
            break
        n = json.loads(raw)["n"]
        if n < 3 and n not in seen:
            seen.add(n)
            failed += 1
            r.lpush(f"{N}:jobs", raw)
        else:
            done.append(n)
        r.lrem(f"{N}:jobs:processing", 1, raw)
    assert sorted(done) == list(range(10))
    assert failed == 3


def test_nothing_is_left(r):
    assert r.llen(f"{N}:jobs") == 0
    assert r.llen(f"{N}:jobs:processing") == 0


def test_group(r):
    assert r.xgroup_create(f"{N}:events", "workers", id="0", mkstream=True)


def test_add(r):
    for n in range(5):
        r.xadd(f"{N}:events", {"n": n})
    assert r.xlen(f"{N}:events") == 5


def test_read(r):
    [[_, entries]] = r.xreadgroup("workers", "w1", {f"{N}:events": ">"}, count=10)
    assert len(entries) == 5


def test_pending(r):
    assert r.xpending(f"{N}:events", "workers")["pending"] == 5


def test_acknowledge(r):
    ids = [one["message_id"] for one in r.xpending_range(f"{N}:events", "workers", "-", "+", 10)]
    assert r.xack(f"{N}:events", "workers", *ids) == 5


def test_nothing_is_pending(r):
    assert r.xpending(f"{N}:events", "workers")["pending"] == 0
