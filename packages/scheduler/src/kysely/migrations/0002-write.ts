import { type Kysely, sql } from 'kysely';

/**
 * Every write goes through one function, so that a round of many commits costs one exchange with the server and one
 * flush to disk. It checks each commit before it writes any of it: a conflict refuses that commit and no other,
 * without the cost of a savepoint each. A later version of it gets another name, as replicas of two versions may run
 * side by side while they are replaced.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(write).execute(db);
}

const write = `
create function neb_write(ops jsonb, ids text[], keys text[], durable boolean) returns jsonb language plpgsql as $$
declare
  answers jsonb := '[]';
  wakes jsonb := '[]';
  news jsonb := '[]';
  op jsonb;
  item jsonb;
  r resources;
  refused jsonb;
  answer jsonb;
  nth integer;
  known integer;
  holder text;
  made bigint;
  lease record;
  due timestamptz;
  fails integer;
begin
  if not durable then perform set_config('synchronous_commit', 'off', true); end if;
  -- In one order everywhere, so that two writers never wait for each other in a circle.
  if cardinality(ids) > 1 then perform 1 from resources where id = any(ids) order by id for update; end if;
  if cardinality(keys) > 1 then perform 1 from work where key = any(keys) order by key, kind for update; end if;

  for op in select value from jsonb_array_elements(ops) loop
    answer := null;
    if op->>'do' = 'take' then
      answer := '[]';
      for lease in select kind, key from work where kind = op->>'kind' and ready_at <= now() order by ready_at limit (op->'limit')::integer for update skip locked loop
        update work set token = gen_random_uuid()::text, lease_until = now() + (op->'ms')::float8 * interval '1 millisecond', due_at = 'infinity'
          where key = lease.key and kind = lease.kind returning jsonb_build_object('key', key, 'token', token, 'failures', failures) into item;
        answer := answer || item;
      end loop;

    elsif op->>'do' = 'release' then
      answer := '[]';
      for item in select value from jsonb_array_elements(op->'leases') loop
        select least(due_at, now() + (item->'ms')::float8 * interval '1 millisecond'), case when (item->'failed')::boolean then failures + 1 else 0 end
          into due, fails from work where key = item->>'key' and kind = op->>'kind' and token = item->>'token' for update;
        if not found then answer := answer || '"lost"';
        elsif due = 'infinity' and fails = 0 then
          -- A count of failures is worth keeping while the key rests; anything else is not.
          delete from work where key = item->>'key' and kind = op->>'kind';
          answer := answer || '"rests"';
        else
          update work set token = null, lease_until = null, failures = fails, due_at = due where key = item->>'key' and kind = op->>'kind';
          answer := answer || case when due = 'infinity' then jsonb '"rests"' else jsonb '"due"' end;
        end if;
      end loop;

    else
      refused := null;
      for nth, item in select ordinality - 1, value from jsonb_array_elements(op->'drops') with ordinality loop
        select version into known from resources where id = item->>'id' for update;
        if found and known <> (item->'version')::integer then refused := jsonb_build_object('stale', true, 'drop', nth, 'found', known); exit; end if;
      end loop;
      if refused is null then
        for nth, item in select ordinality - 1, value from jsonb_array_elements(op->'puts') with ordinality loop
          select version into known from resources where id = item->>'id' for update;
          if coalesce(known, 0) <> (item->'version')::integer - 1 then refused := jsonb_build_object('stale', true, 'put', nth, 'found', known); exit; end if;
          if known is null and item->>'gone_at' is null then
            select id into holder from resources where kind = item->>'kind' and namespace = item->>'namespace' and name = item->>'name' and gone_at is null;
            -- Unless the holder goes in this very commit.
            if found and not exists (select from jsonb_array_elements(op->'puts') as other where other->>'id' = holder and other->>'gone_at' is not null) then
              refused := jsonb_build_object('put', nth); exit;
            end if;
          end if;
        end loop;
      end if;

      if refused is null then
        answer := '[]';
        for item in select value from jsonb_array_elements(op->'puts') loop
          r := jsonb_populate_record(null::resources, item);
          if r.version = 1 then
            insert into resources (id, kind, namespace, name, owner, owner_ref, labels, version, generation, spec, status, finalizers, created_by, created_at, updated_at, deleted_at, gone_at, word, over_since, queue)
              values (r.id, r.kind, r.namespace, r.name, r.owner, r.owner_ref, r.labels, 1, r.generation, r.spec, r.status, r.finalizers, r.created_by, r.created_at, r.updated_at, r.deleted_at, r.gone_at, r.word, r.over_since, r.queue)
              returning seq into made;
          else
            update resources set owner = r.owner, owner_ref = r.owner_ref, labels = r.labels, version = r.version, generation = r.generation, spec = r.spec, status = r.status, finalizers = r.finalizers,
              updated_at = r.updated_at, deleted_at = r.deleted_at, gone_at = r.gone_at, word = r.word, over_since = r.over_since, queue = r.queue
              where id = r.id returning seq into made;
          end if;
          answer := answer || to_jsonb(made);
        end loop;
        for item in select value from jsonb_array_elements(op->'drops') loop
          delete from resources where id = item->>'id';
          delete from attempts where container_id = item->>'id';
          delete from kept_logs where container_id = item->>'id';
          delete from events where object_id = item->>'id';
          delete from secrets where id = item->>'id';
          delete from work where key = item->>'id';
        end loop;
        if op ? 'moved' then
          insert into changes (kind, id, namespace, name, dropped)
            select kind, id, namespace, name, dropped from jsonb_to_recordset(op->'moved') as v(kind text, id text, namespace text, name text, dropped boolean);
        end if;
        if op ? 'attempts' then
          insert into attempts (container_id, number, attempt)
            select container_id, v.number, attempt from jsonb_to_recordset(op->'attempts') as v(container_id text, number integer, attempt jsonb)
            on conflict do nothing;
        end if;
        if op ? 'logs' then
          for item in select value from jsonb_array_elements(op->'logs') loop
            insert into kept_logs (container_id, attempt, lines) values (item->>'container_id', (item->'attempt')::integer, item->'lines')
              on conflict (container_id, attempt) do update set lines = excluded.lines;
          end loop;
        end if;
        if op ? 'news' then news := news || (op->'news'); end if;
        if op ? 'wakes' then wakes := wakes || (op->'wakes'); end if;
      end if;
    end if;
    answers := answers || jsonb_build_array(coalesce(answer, jsonb_build_object('refused', refused)));
  end loop;

  if jsonb_array_length(news) > 0 then
    insert into events (id, type, reason, message, kind, namespace, name, object_id, fold, count, first_at, last_at)
      select min(id), (array_agg(type order by place desc))[1], min(reason), min(message), min(kind), min(namespace), min(name), object_id, fold, count(*), min(at), max(at)
      from (select e.*, v.ordinality as place from jsonb_array_elements(news) with ordinality as v, jsonb_to_record(v.value)
        as e(id text, type text, reason text, message text, kind text, namespace text, name text, object_id text, fold text, at timestamptz)) as told
      group by object_id, fold order by object_id, fold
      on conflict (object_id, fold) do update set count = events.count + excluded.count, last_at = excluded.last_at, type = excluded.type;
  end if;
  if jsonb_array_length(wakes) > 0 then
    insert into work (kind, key, due_at)
      select kind, key, now() + min(ms) * interval '1 millisecond' from jsonb_to_recordset(wakes) as v(kind text, key text, ms float8)
      group by kind, key order by key, kind
      on conflict (key, kind) do update set due_at = least(work.due_at, excluded.due_at);
  end if;
  return answers;
end $$`;
