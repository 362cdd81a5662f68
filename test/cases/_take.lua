return redis.call('GETDEL', KEYS[1])
