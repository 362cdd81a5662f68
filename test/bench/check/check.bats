cli() { redis-cli -p "$REDIS_PORT" "$@"; }

setup_file() {
  export N="bats-$$-$RANDOM"
  for index in 0 1 2; do
    redis-cli -p "$REDIS_PORT" SUBSCRIBE "$N:news" > "$BATS_FILE_TMPDIR/$index" 3>&- &
    echo $! >> "$BATS_FILE_TMPDIR/pids"
  done
  until [ "$(redis-cli -p "$REDIS_PORT" PUBSUB NUMSUB "$N:news" | tail -n 1)" = 3 ]; do :; done
}

teardown_file() {
  kill $(cat "$BATS_FILE_TMPDIR/pids")
  redis-cli -p "$REDIS_PORT" UNLINK "$N:user:1" "$N:visits" "$N:jobs" "$N:jobs:processing" "$N:events" > /dev/null
}

@test "cache set" { [ "$(cli SET "$N:user:1" '{"name":"ada","age":36}' EX 60)" = OK ]; }
@test "cache get" { [ "$(cli GET "$N:user:1")" = '{"name":"ada","age":36}' ]; }
@test "cache ttl" { [ "$(cli TTL "$N:user:1")" -gt 50 ]; }
@test "counter" { [ "$(cli INCRBY "$N:visits" 5)" = 5 ]; }
@test "counter type" { [ "$(cli TYPE "$N:visits")" = string ]; }
@test "cache delete" { [ "$(cli DEL "$N:user:1")" = 1 ]; }
@test "cache miss" { [ "$(cli GET "$N:user:1")" = "" ]; }
@test "publish" { for n in 0 1 2 3 4 5 6 7 8 9; do [ "$(cli PUBLISH "$N:news" "$n")" = 3 ]; done; }
@test "listener 0 receives" { [ "$(grep -c '^message$' "$BATS_FILE_TMPDIR/0")" = 10 ]; }
@test "listener 1 receives" { [ "$(grep -c '^message$' "$BATS_FILE_TMPDIR/1")" = 10 ]; }
@test "listener 2 receives" { [ "$(grep -c '^message$' "$BATS_FILE_TMPDIR/2")" = 10 ]; }
@test "push" {
  for n in 0 1 2 3 4 5 6 7 8 9; do cli LPUSH "$N:jobs" "$n" > /dev/null; done
  [ "$(cli LLEN "$N:jobs")" = 10 ]
}
@test "work" {
  seen=" " done=0
  while job=$(cli LMOVE "$N:jobs" "$N:jobs:processing" RIGHT LEFT) && [ -n "$job" ]; do
    if [ "$job" -lt 3 ] && [[ "$seen" != *" $job "* ]]; then
      seen="$seen$job "
      cli LPUSH "$N:jobs" "$job" > /dev/null
    else
      done=$((done + 1))
    fi
    cli LREM "$N:jobs:processing" 1 "$job" > /dev/null
  done
  [ "$done" = 10 ]
}
@test "nothing is left" { [ "$(cli LLEN "$N:jobs")$(cli LLEN "$N:jobs:processing")" = 00 ]; }
@test "group" { [ "$(cli XGROUP CREATE "$N:events" workers 0 MKSTREAM)" = OK ]; }
@test "add" {
  for n in 0 1 2 3 4; do cli XADD "$N:events" '*' n "$n" > /dev/null; done
  [ "$(cli XLEN "$N:events")" = 5 ]
}
@test "read" { [ "$(cli XREADGROUP GROUP workers w1 COUNT 10 STREAMS "$N:events" '>' | grep -c -- '-')" -ge 5 ]; }
@test "pending" { [ "$(cli XPENDING "$N:events" workers | head -n 1)" = 5 ]; }
@test "acknowledge" {
  [ "$(cli XACK "$N:events" workers $(cli XPENDING "$N:events" workers - + 10 | grep -E '^[0-9]+-[0-9]+$'))" = 5 ]
}
@test "nothing is pending" { [ "$(cli XPENDING "$N:events" workers | head -n 1)" = 0 ]; }
