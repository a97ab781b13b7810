#!/bin/sh
# A worker that has only a shell and redis-cli: one message at a time, each acknowledged once it is answered.
# Between two messages it may go; its end is heard once the one in hand is answered.
trap 'echo drained; exit 0' TERM INT
redis() { redis-cli --no-auth-warning -u "$REDIS_URL" --raw "$@"; }

echo 'waiting for messages'
while :; do
  entry=$(redis XREADGROUP GROUP "$REDIS_CONSUMER_GROUP" "$REDIS_CONSUMER" COUNT 1 BLOCK 5000 STREAMS "$REDIS_STREAM" '>') || { sleep 1; continue; }
  [ -n "$entry" ] || continue
  # Its stream, its id, the field's name, and what it holds: one line each.
  id=$(echo "$entry" | sed -n 2p)
  data=$(echo "$entry" | sed -n 4p)
  text=$(echo "$data" | sed -n 's/.*"text_to_translate":"\([^"]*\)".*/\1/p')
  answers=$(echo "$data" | sed -n 's/.*"return_stream":"\([^"]*\)".*/\1/p')
  echo "message $id: $text"
  if [ -n "$answers" ]; then answered=$(redis XADD "$answers" '*' data "{\"kind\":\"StreamResponseMessage\",\"id\":\"$id\",\"status\":\"success\",\"content\":{\"translated_text\":\"$(echo "$text" | rev)\"}}"); else answered=0-0; fi
  # redis-cli ends well whatever Redis answers: what was not written is left unacknowledged, and comes again.
  case $answered in [0-9]*-[0-9]*) ;; *) echo "message $id: $answered"; continue ;; esac
  redis XACK "$REDIS_STREAM" "$REDIS_CONSUMER_GROUP" "$id" >/dev/null
done
