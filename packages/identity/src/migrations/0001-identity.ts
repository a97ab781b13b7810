import { type Kysely, sql } from 'kysely';

/** Who there is, what they belong to, and what they show to be known by. No secret is here in plain. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // One table holds every name, so that no organisation is ever called as a user is. A name stays taken when its holder
  // goes: objects are owned by name, and whoever took it next would own what is left of the last one.
  `create table identity_names (name text primary key)`,

  `create table identity_users (
    id text primary key references identity_names (name),
    handle text not null unique references identity_names (name),
    display_name text,
    issuer text,
    subject text,
    admin boolean not null default false,
    created_at timestamptz not null,
    disabled_at timestamptz,
    unique (issuer, subject),
    check ((issuer is null) = (subject is null))
  )`,

  `create table identity_organisations (
    name text primary key references identity_names (name),
    created_at timestamptz not null,
    created_by text not null
  )`,

  `create table identity_members (
    organisation text not null references identity_organisations (name) on delete cascade,
    user_id text not null references identity_users (id),
    role text not null check (role in ('owner', 'admin', 'developer', 'viewer', 'billing')),
    created_at timestamptz not null,
    primary key (organisation, user_id)
  )`,
  `create index identity_members_user on identity_members (user_id)`,

  `create table identity_service_accounts (
    id text primary key,
    organisation text not null references identity_organisations (name) on delete cascade,
    role text not null check (role in ('owner', 'admin', 'developer', 'viewer', 'billing')),
    created_at timestamptz not null,
    created_by text not null
  )`,
  `create index identity_service_accounts_organisation on identity_service_accounts (organisation)`,

  // Revoked is deleted: what came of a credential goes with it, and nothing has to remember to look at a mark.
  `create table identity_credentials (
    id text primary key,
    kind text not null check (kind in ('key', 'session')),
    secret_sha256 text not null,
    name text,
    user_id text references identity_users (id) on delete cascade,
    service_account text references identity_service_accounts (id) on delete cascade,
    administrator text,
    parent text references identity_credentials (id) on delete cascade,
    scope jsonb,
    spend_cap text,
    created_at timestamptz not null,
    created_by text not null,
    expires_at timestamptz,
    last_used_at timestamptz,
    check (num_nonnulls(user_id, service_account, administrator) = 1),
    check ((kind = 'key') = (name is not null)),
    check (kind = 'key' or expires_at is not null)
  )`,
  `create index identity_credentials_user on identity_credentials (user_id, kind) where user_id is not null`,
  `create index identity_credentials_service_account on identity_credentials (service_account) where service_account is not null`,
  `create index identity_credentials_parent on identity_credentials (parent) where parent is not null`,
  `create index identity_credentials_sessions on identity_credentials (expires_at) where kind = 'session'`,
  `create unique index identity_credentials_name on identity_credentials (coalesce(user_id, service_account, administrator), name) where kind = 'key'`,

  `create table identity_devices (
    code_sha256 text primary key,
    user_code text not null unique,
    client text not null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    polled_at timestamptz,
    interval_s integer not null,
    answer jsonb
  )`,
  `create index identity_devices_expiry on identity_devices (expires_at)`,

  `create table identity_logins (
    id_sha256 text primary key,
    user_code text not null,
    state text not null,
    nonce text not null,
    verifier text not null,
    user_id text references identity_users (id) on delete cascade,
    expires_at timestamptz not null
  )`,
];
