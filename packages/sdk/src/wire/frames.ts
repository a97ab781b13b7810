import type { ExecRequest, TerminalSize } from '@neb/core-types';
import { NebError } from '@neb/core-types/errors';
import { errorFrom, type Failure } from '../failure.ts';
import type { Frame } from './socket.ts';

/** What the first byte of an exec frame says the rest is. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, control: 3 } as const;
export type Channel = keyof typeof channels;

/** JSON on the control channel of exec. The client starts; the server answers `started`, and at the end `exit` or `error`. */
export type ExecControl =
  | { readonly do: 'start'; readonly request: ExecRequest }
  | { readonly do: 'resize'; readonly size: TerminalSize }
  | { readonly do: 'eof' }
  | { readonly do: 'started' }
  | { readonly do: 'exit'; readonly code: number }
  | { readonly do: 'error'; readonly error: Failure };

/** Text frames of port-forward. Binary frames are the bytes themselves. The server says `open` first; both say `eof` when they have sent all. */
export type DialControl = { readonly do: 'open' } | { readonly do: 'eof' } | { readonly do: 'error'; readonly error: Failure };

export function execFrame(channel: Channel, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(data.length + 1);
  frame[0] = channels[channel];
  frame.set(data, 1);
  return frame;
}

export function controlFrame(control: ExecControl): Uint8Array {
  return execFrame('control', new TextEncoder().encode(JSON.stringify(control)));
}

/** What an exec frame holds; its control JSON is not checked. Throws `invalid` on what is none. */
export function readExecFrame(frame: Frame): { readonly channel: Exclude<Channel, 'control'>; readonly data: Uint8Array } | { readonly channel: 'control'; readonly json: unknown } {
  const channel = frame.binary ? channelNames[frame.data[0] ?? -1] : undefined;
  if (!frame.binary || !channel) throw new NebError('invalid', 'a frame of an exec session begins with a channel from 0 to 3');
  const data = frame.data.subarray(1);
  return channel === 'control' ? { channel, json: readJson(new TextDecoder().decode(data)) } : { channel, data };
}

/** Throws `invalid`, without quoting what was sent. */
export function readJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new NebError('invalid', 'a control frame is not valid JSON');
  }
}

/** The `do` of control JSON, and the error it carries. */
export function readControl(json: unknown): { readonly do: string; readonly code: number; readonly error: NebError } {
  const control = typeof json === 'object' && json !== null ? json : {};
  return {
    do: 'do' in control ? String(control.do) : '',
    code: 'code' in control && typeof control.code === 'number' ? control.code : 1,
    error: ('error' in control ? errorFrom(control.error) : undefined) ?? new NebError('internal', 'the server ended the session without saying why'),
  };
}

const channelNames = Object.keys(channels) as readonly Channel[];
