import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { freePort } from '@neb/core-types/testing';

/** A proxy of somebody else's, in one process, so that whose CPU counts is plain. */
export interface OtherProxy {
  readonly name: string;
  readonly command: string;
  readonly args: (file: string) => readonly string[];
  readonly config: (port: number, replica: number, folder: string) => string;
}

export const haproxy: OtherProxy = {
  name: 'HAProxy', command: '/usr/sbin/haproxy', args: (file) => ['-f', file],
  config: (port, replica) => `global
  nbthread 1
  maxconn 4000
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend door
  bind 127.0.0.1:${port}
  default_backend replicas
backend replicas
  balance leastconn
  server one 127.0.0.1:${replica}
`,
};

export const nginx: OtherProxy = {
  name: 'nginx', command: '/usr/sbin/nginx', args: (file) => ['-c', file],
  config: (port, replica, folder) => `daemon off; master_process off; pid ${folder}/nginx.pid; error_log /dev/null;
events { worker_connections 4000; }
http {
  access_log off; proxy_buffering off; proxy_request_buffering off; client_max_body_size 8m;
  client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder}; uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
  upstream replicas { server 127.0.0.1:${replica}; keepalive 64; }
  server {
    listen 127.0.0.1:${port} backlog=4096; keepalive_requests 1000000;
    location / { proxy_pass http://replicas; proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }
  }
}
`,
};

/** Started on the first core; `undefined` where the program is not installed. */
export async function otherProxy({ name, command, args, config }: OtherProxy, replica: number, folder: string): Promise<{ readonly child: ChildProcess; readonly port: number } | undefined> {
  if (!(await access(command).then(() => true, () => false))) return undefined;
  const port = await freePort();
  const file = join(folder, `${name}.conf`);
  await writeFile(file, config(port, replica, folder));
  const child = spawn('taskset', ['-c', '0', command, ...args(file)], { stdio: 'ignore' });
  for (let n = 0; n < 100; n++) {
    if (await connects(port)) return { child, port };
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`${name} does not listen.`);
}

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isThere = await once(socket, 'connect').then(() => true, () => false);
  socket.destroy();
  return isThere;
}
