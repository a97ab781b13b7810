import { type Kysely, sql } from 'kysely';

/**
 * Every write goes through one function, so that a round of many commits costs one exchange with the server and one
 * flush to disk. It checks each commit before it writes any of it: a conflict refuses that commit and no other,
 * without the cost of a savepoint each. The reads that run most are functions too: all keep their plans, and these
 * must not rest on how small the tables were when they were made. Each part is done as far as its view reaches, which
 * the policies of 0003-wall hold it to; an empty view reaches everything.
 * Once released, a later version of any of them gets another name, as replicas of two versions run side by side while
 * they are replaced.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of functions) await sql.raw(statement).execute(db);
}

const view = `
create or replace function neb_view(owners text, namespaces text) returns void language plpgsql as $$
begin
  if current_setting('neb.owners', true) is distinct from owners then perform set_config('neb.owners', owners, true); end if;
  if current_setting('neb.namespaces', true) is distinct from namespaces then perform set_config('neb.namespaces', namespaces, true); end if;
end $$`;

const read = `
create or replace function neb_read(ids text[], owners text[], namespaces text[]) returns table (place integer, found resources) language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  for nth in 1 .. cardinality(ids) loop
    perform neb_view(owners[nth], namespaces[nth]);
    return query select nth, r from resources as r where r.id = ids[nth];
  end loop;
  perform neb_view('', '');
end $$`;

const find = `
create or replace function neb_find(wanted_kind text, wanted_namespace text, wanted_name text, owners text, namespaces text) returns setof resources language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
begin
  perform neb_view(owners, namespaces);
  return query select * from resources where living = wanted_kind || '/' || wanted_namespace || '/' || wanted_name;
  if not found then
    return query select * from resources where kind = wanted_kind and namespace = wanted_namespace and name = wanted_name and gone_at is not null order by gone_at desc limit 1;
  end if;
  perform neb_view('', '');
end $$`;

/** What the live containers of a scope take, without the objects of `puts` or with what is put of them. */
const usage = `
create or replace function neb_usage(scope text, called text, puts jsonb, asked boolean) returns jsonb language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  total jsonb;
begin
  with live as (
    select r.namespace, r.demand from resources as r
      where r.demand is not null and scope = 'owner' and r.owner = called and not exists (select from jsonb_array_elements(puts) as p where p->>'id' = r.id)
    union all
    select r.namespace, r.demand from resources as r
      where r.demand is not null and scope = 'namespace' and r.namespace = called and not exists (select from jsonb_array_elements(puts) as p where p->>'id' = r.id)
    union all
    select p->>'namespace', p->'demand' from jsonb_array_elements(puts) as p where asked and p ? 'demand' and p->>scope = called
  )
  select jsonb_build_object('containers', count(*), 'accelerators', coalesce(sum((demand->'accelerators')::float8), 0), 'cpu', coalesce(sum((demand->'cpu')::float8), 0),
      'memory', coalesce(sum((demand->'memory')::float8), 0), 'volumes', (select count(distinct (l.namespace, v)) from live as l, jsonb_array_elements_text(l.demand->'volumes') as v))
      || coalesce((select jsonb_object_agg(spent.key, spent.sum) from (select s.key, sum(s.value::float8) from live as l, jsonb_each(coalesce(l.demand->'spend', '{}')) as s group by 1) as spent), '{}')
    into total from live;
  return total;
end $$`;

const write = `
create or replace function neb_write(ops jsonb, ids text[], keys text[], durable boolean) returns jsonb language plpgsql set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
declare
  answers jsonb[] := '{}';
  place integer := 0;
  refusals integer[] := '{}';
  op jsonb;
  puts jsonb;
  item jsonb;
  answer jsonb;
  refused jsonb;
  nth integer;
  known integer;
  holder text;
  target text;
  made bigint;
  seqs bigint[];
  due timestamptz;
  held timestamptz;
  fails integer;
  taken jsonb;
  before jsonb;
begin
  if not durable then perform set_config('synchronous_commit', 'off', true); end if;
  -- Given in one order by everyone, so that two writers never wait for each other in a circle.
  foreach target in array ids loop
    if starts_with(target, 'quota/') then perform pg_advisory_xact_lock(hashtextextended(target, 0));
    else perform from resources where id = target for update;
    end if;
  end loop;
  foreach target in array keys loop perform from work where id = target for update; end loop;

  for op in select value from jsonb_array_elements(ops) loop
    place := place + 1;
    if op->>'do' = 'take' then
      answer := '[]';
      held := now() + (op->'ms')::float8 * interval '1 millisecond';
      for target in select id from work where kind = op->>'kind' and ready_at <= now() order by ready_at limit (op->'limit')::integer for update skip locked loop
        update work set token = gen_random_uuid()::text, lease_until = held, ready_at = held, due_at = 'infinity'
          where id = target returning jsonb_build_object('key', key, 'token', token, 'failures', failures) into item;
        answer := answer || item;
      end loop;

    elsif op->>'do' = 'release' then
      answer := '[]';
      for nth in 0 .. jsonb_array_length(op->'leases') - 1 loop
        item := op->'leases'->nth;
        select least(due_at, now() + (item->'ms')::float8 * interval '1 millisecond'), case when (item->'failed')::boolean then failures + 1 else 0 end
          into due, fails from work where id = item->>'id' and token = item->>'token';
        if not found then answer := answer || jsonb '"lost"';
        elsif due = 'infinity' and fails = 0 then
          -- A count of failures is worth keeping while the key rests; anything else is not.
          delete from work where id = item->>'id';
          answer := answer || jsonb '"rests"';
        else
          update work set token = null, lease_until = null, failures = fails, due_at = due, ready_at = due where id = item->>'id';
          answer := answer || case when due = 'infinity' then jsonb '"rests"' else jsonb '"due"' end;
        end if;
      end loop;

    else
      refused := null;
      seqs := '{}';
      puts := coalesce(op->'puts', '[]');
      if op ? 'owners' then perform neb_view(op->>'owners', op->>'namespaces'); end if;
      -- One that replaces a single object is checked by the write itself.
      if op ? 'drops' or jsonb_array_length(puts) > 1 or puts->0->'version' = '1' then
        for nth in 0 .. coalesce(jsonb_array_length(op->'drops'), 0) - 1 loop
          item := op->'drops'->nth;
          select version into known from resources where id = item->>'id';
          if found and known <> (item->'version')::integer then refused := jsonb_build_object('stale', true, 'drop', nth, 'found', known); exit; end if;
        end loop;
        for nth in 0 .. jsonb_array_length(puts) - 1 loop
          exit when refused is not null;
          item := puts->nth;
          select version into known from resources where id = item->>'id';
          if coalesce(known, 0) <> (item->'version')::integer - 1 then refused := jsonb_build_object('stale', true, 'put', nth, 'found', known);
          elsif known is null and item ? 'living' then
            -- A name is taken by whom it may, seen or not.
            if op ? 'owners' then perform neb_view('', ''); end if;
            select id into holder from resources where living = item->>'living';
            -- Unless the holder goes in this very commit.
            if found and not exists (select from jsonb_array_elements(puts) as other where other->>'id' = holder and other ? 'gone_at') then
              refused := jsonb_build_object('put', nth);
            end if;
            if op ? 'owners' then perform neb_view(op->>'owners', op->>'namespaces'); end if;
          end if;
        end loop;
      end if;

      if refused is null and (op ? 'needs' or op ? 'limits') then
        if op ? 'owners' then perform neb_view('', ''); end if;
        for nth in 0 .. coalesce(jsonb_array_length(op->'needs'), 0) - 1 loop
          exit when refused is not null;
          -- Nobody can have it deleted until this is written.
          perform from resources where id = op->'needs'->>nth and deleted_at is null and gone_at is null for share;
          if not found then refused := jsonb_build_object('need', nth); end if;
        end loop;
        for nth in 0 .. coalesce(jsonb_array_length(op->'limits'), 0) - 1 loop
          exit when refused is not null;
          item := op->'limits'->nth;
          before := neb_usage(item->>'of', item->>'name', puts, false);
          taken := neb_usage(item->>'of', item->>'name', puts, true);
          if exists (select from jsonb_each(item->'quota') as q where (taken->q.key)::float8 > q.value::float8) then
            refused := jsonb_build_object('limit', nth, 'usage', taken, 'before', before);
          end if;
        end loop;
        if op ? 'owners' then perform neb_view(op->>'owners', op->>'namespaces'); end if;
      end if;

      if refused is null then
        for nth in 0 .. jsonb_array_length(puts) - 1 loop
          item := puts->nth;
          if item->'version' = '1' then
            insert into resources (id, kind, namespace, name, owner, owner_ref, labels, version, generation, spec, status, finalizers, created_by, created_at, updated_at, deleted_at, gone_at, word, over_since, queue, living, demand)
              values (item->>'id', item->>'kind', item->>'namespace', item->>'name', item->>'owner', item->>'owner_ref', item->'labels', 1, (item->'generation')::integer, item->'spec', item->'status', item->'finalizers',
                item->>'created_by', (item->>'created_at')::timestamptz, (item->>'updated_at')::timestamptz, (item->>'deleted_at')::timestamptz, (item->>'gone_at')::timestamptz,
                item->>'word', (item->>'over_since')::timestamptz, item->>'queue', item->>'living', item->'demand')
              returning seq into made;
          else
            update resources set owner = item->>'owner', owner_ref = item->>'owner_ref', labels = item->'labels', version = version + 1, generation = (item->'generation')::integer,
              spec = item->'spec', status = item->'status', finalizers = item->'finalizers', updated_at = (item->>'updated_at')::timestamptz, deleted_at = (item->>'deleted_at')::timestamptz,
              gone_at = (item->>'gone_at')::timestamptz, word = item->>'word', over_since = (item->>'over_since')::timestamptz, queue = item->>'queue', living = item->>'living',
              demand = item->'demand' where id = item->>'id' and version = (item->'version')::integer - 1 returning seq into made;
            if not found then
              select version into known from resources where id = item->>'id';
              refused := jsonb_build_object('stale', true, 'put', nth, 'found', known);
            end if;
          end if;
          seqs := seqs || made;
        end loop;
      end if;

      if refused is not null then
        answer := jsonb_build_object('refused', refused);
        refusals := refusals || place;
      else
        answer := to_jsonb(seqs);
        for nth in 0 .. coalesce(jsonb_array_length(op->'drops'), 0) - 1 loop
          target := op->'drops'->nth->>'id';
          delete from resources where id = target;
          -- Beyond the view it stays, and so does what belongs to it.
          continue when not found and op ? 'owners';
          delete from attempts where container_id = target;
          delete from kept_logs where container_id = target;
          delete from events where object_id = target;
          delete from secrets where id = target;
          delete from work where id = op->'drops'->nth->>'work';
        end loop;
        for nth in 0 .. coalesce(jsonb_array_length(op->'attempts'), 0) - 1 loop
          item := op->'attempts'->nth;
          insert into attempts (container_id, number, attempt) values (item->>'container_id', (item->'number')::integer, item->'attempt') on conflict do nothing;
        end loop;
        for nth in 0 .. coalesce(jsonb_array_length(op->'logs'), 0) - 1 loop
          item := op->'logs'->nth;
          insert into kept_logs (container_id, attempt, lines) values (item->>'container_id', (item->'attempt')::integer, item->'lines')
            on conflict (container_id, attempt) do update set lines = excluded.lines;
        end loop;
      end if;
      if op ? 'owners' then perform neb_view('', ''); end if;
    end if;
    answers := answers || answer;
  end loop;

  if not durable then return to_jsonb(answers); end if;
  insert into changes (tx, kind, id, namespace, name, dropped, owner)
    select pg_current_xact_id()::text::bigint, kind, id, namespace, name, dropped, coalesce(owner, (select r.owner from resources r where r.id = v.id))
    from jsonb_array_elements(ops) with ordinality as o, jsonb_to_recordset(o.value->'moved') as v(kind text, id text, namespace text, name text, dropped boolean, owner text)
    where o.ordinality <> all(refusals);
  insert into events (id, type, reason, message, kind, namespace, name, object_id, fold, count, first_at, last_at, owner)
    select min(id), (array_agg(type order by ordinality desc))[1], min(reason), min(message), min(kind), min(namespace), min(name), object_id, fold, count(*), min(at), max(at),
      (select r.owner from resources r where r.id = object_id)
    from jsonb_array_elements(ops) with ordinality as o, jsonb_to_recordset(o.value->'news')
      as v(id text, type text, reason text, message text, kind text, namespace text, name text, object_id text, fold text, at timestamptz)
    where o.ordinality <> all(refusals) group by object_id, fold order by object_id, fold
    on conflict (object_id, fold) do update set count = events.count + excluded.count, last_at = excluded.last_at, type = excluded.type;
  insert into work (id, kind, key, due_at, ready_at)
    select id, kind, key, due_at, due_at
    from (select id, min(kind) as kind, min(key) as key, now() + min(ms) * interval '1 millisecond' as due_at
      from jsonb_array_elements(ops) with ordinality as o, jsonb_to_recordset(o.value->'wakes') as v(id text, kind text, key text, ms float8)
      where o.ordinality <> all(refusals) group by id order by id) as asked
    on conflict (id) do update set due_at = least(work.due_at, excluded.due_at), ready_at = coalesce(work.lease_until, least(work.due_at, excluded.due_at))
      where excluded.due_at < work.due_at;
  return to_jsonb(answers);
end $$`;

/** What 0003-wall makes anew. */
export const functions = [view, read, find, write];
/** What 0004-quota makes besides. */
export const quotaFunctions = [usage, write];
/** What 0005-budget makes anew. */
export const budgetFunctions = [usage];
