export { addressOf, connectSsh, type SshServer } from './connect.ts';
export { type Keyring, keyring } from './keys/keyring.ts';
export { type SshKey } from './keys/openssh.ts';
export { type HostTrust } from './known-hosts.ts';
export { channelStream } from './streams/channel-stream.ts';
export { connectionOver } from './streams/connection.ts';
export { writeAll } from './streams/write-all.ts';
