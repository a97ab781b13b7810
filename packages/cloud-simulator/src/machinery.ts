/** What runs what a cloud sells: bookkeeping, or real containers. Whatever it does, it tells; it never decides what follows from it. */
export interface Machinery {
  /** Begins to run `workload` in the machine `id`, which keeps its disk from an earlier run, and tells what becomes of it until it is stopped. */
  start(id: string, workload: Workload, tell: Tell): void;
  /** Ends what runs there, politely where it can, and keeps the disk. Resolves once nothing runs, and tells nothing more. */
  stop(id: string): Promise<void>;
  /** Ends what runs there and drops the disk. Succeeds where there is nothing. */
  remove(id: string): Promise<void>;
}

/** What a machine is to run, as the cloud's caller asked for it. */
export interface Workload {
  readonly image: string;
  /** Arguments for the image's entrypoint, in the cloud's own form: one string, split as a shell does. Empty for the image's own. */
  readonly args: string;
  readonly env: Readonly<Record<string, string>>;
  /** The TCP ports that are reached from outside; none if absent. */
  readonly ports?: readonly number[] | undefined;
  /** Who is asked for the image. */
  readonly registry?: { readonly username: string; readonly password: string } | undefined;
}

/** Hears what happens in a machine, in order. */
export type Tell = (event: MachineEvent) => void;

/** What happens in a machine. After `exited` and `failed` nothing runs until it is started again. */
export type MachineEvent =
  | { readonly kind: 'line'; readonly source: 'container' | 'system'; readonly text: string }
  /** With the address at which it is reached from outside, where it has one, and where its ports are, by their number inside. */
  | { readonly kind: 'running'; readonly address?: string | undefined; readonly published?: Published | undefined }
  | { readonly kind: 'exited'; readonly exitCode: number }
  | { readonly kind: 'failed'; readonly message: string };

/** Where ports are reached from outside. */
export type Published = ReadonlyMap<number, { readonly ip: string; readonly port: number }>;
