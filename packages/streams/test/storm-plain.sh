#!/usr/bin/env bash
# A worker that knows only redis-cli, and only what is new: takes messages; notes the content of each; acknowledges.
set -u
cli() { redis-cli -u "$REDIS_URL" "$@" 2>/dev/null; }
# redis-cli ends well whatever Redis answered, so that it is read: a Redis that came back knows its users only after a moment.
did() { [[ $(cli "$@") =~ ^[0-9]+$ ]]; }
while :; do
  entries=$(cli XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "plain-$$" COUNT 10 BLOCK 200 STREAMS "$REDIS_STREAM" '>')
  ids=$(grep -oE '^[0-9]{10,}-[0-9]+$' <<<"$entries" | sort -u)
  [ -n "$ids" ] || continue
  contents=$(grep -oE '"content":[0-9]+' <<<"$entries" | cut -d: -f2)
  sleep "0.0$((RANDOM % 10))"
  # shellcheck disable=SC2086
  did SADD "$REDIS_STREAM.state.seen" $contents && did XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" $ids
done
