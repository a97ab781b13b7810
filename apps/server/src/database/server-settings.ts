/** Small and durable: one machine, a handful of connections, every commit on disk, nothing that listens on the network. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '40',
  fsync: 'on',
  synchronous_commit: 'on',
  shared_buffers: '16MB',
  work_mem: '2MB',
  maintenance_work_mem: '16MB',
  wal_level: 'minimal',
  max_wal_senders: '0',
  wal_buffers: '1MB',
  min_wal_size: '32MB',
  max_wal_size: '256MB',
  checkpoint_timeout: '30min',
  autovacuum_max_workers: '1',
  max_worker_processes: '1',
  max_parallel_workers: '0',
  max_parallel_workers_per_gather: '0',
  max_logical_replication_workers: '0',
  huge_pages: 'off',
  jit: 'off',
  log_min_messages: 'warning',
};

/** Of one version and later. */
const since: readonly (readonly [number, Readonly<Record<string, string>>])[] = [
  // Its workers would be three processes more.
  [18, { io_method: 'sync' }],
];

/** The private server's command line after `-D`. */
export function serverFlags(major: number, socketDir: string): readonly string[] {
  const newer = since.filter(([version]) => major >= version).map(([, more]) => more);
  const all = Object.assign({}, settings, ...newer, { unix_socket_directories: socketDir }) as Readonly<Record<string, string>>;
  return Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}
