#!/usr/bin/env bash
# A worker that knows only redis-cli: takes what lies, then what is new; notes each message; acknowledges.
set -u
cli() { redis-cli -u "$REDIS_URL" "$@" 2>/dev/null; }
while :; do
  entries=$( { cli XAUTOCLAIM "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" "plain-$$" "$NEB_VISIBILITY_MS" 0 COUNT 50; cli XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "plain-$$" COUNT 50 BLOCK 200 STREAMS "$REDIS_STREAM" '>'; } )
  ids=$(grep -oE '^[0-9]{10,}-[0-9]+$' <<<"$entries")
  [ -n "$ids" ] || continue
  # shellcheck disable=SC2086
  cli SADD "$REDIS_STREAM.state.seen" $ids >/dev/null && cli XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" $ids >/dev/null
done
