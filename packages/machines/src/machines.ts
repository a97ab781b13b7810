import type { Call, ListQuery, Offer, OfferQuery } from '@neb/core-types';

/** A cloud that sells machines: all that such a cloud has to implement, for `machineProvider` makes a platform for containers of it. */
export interface Machines {
  /** The name a manifest's `platform:` field uses, such as `aws`. */
  readonly name: string;
  readonly traits: MachineTraits;

  /** What could be bought now, cheapest first, best effort: an offer is a hint, never a reservation. */
  offers(query: OfferQuery, call?: Call): AsyncIterable<Offer>;

  /**
   * Starts buying a machine and returns as soon as the cloud has accepted it. Repeating the call with the same `key` and
   * offer returns the same machine. Rejects with `uncertain` where something may have been bought.
   */
  create(request: MachineRequest, call?: Call): Promise<Machine>;

  /** The machine as the cloud sees it now; `undefined` once it is gone for good. */
  inspect(id: string, call?: Call): Promise<Machine | undefined>;

  /** Every machine this fleet created that is not gone, including those the caller has lost track of. */
  list(query: ListQuery, call?: Call): AsyncIterable<Machine>;

  /** Takes the machine and its disk away. Succeeds if it is already gone. */
  delete(id: string, call?: Call): Promise<void>;

  /** What the machine wrote on its console so far, late and cut as the cloud has it; `undefined` while there is nothing. */
  consoleOutput?(id: string, call?: Call): Promise<string | undefined>;

  /** Disks that outlive machines; absent where the cloud has none. */
  readonly disks?: Disks | undefined;

  /** Stops machines and starts them again; absent where the cloud cannot, or keeps no disk of a machine that is stopped. */
  readonly rests?: Rests | undefined;

  /** What time it is by the cloud's own clock, in milliseconds since the epoch, as its last answer told it; `undefined` where it has not. */
  time?(): number | undefined;

  /** What is missing before this cloud can be used, in words for its operator; `undefined` when it is ready. */
  readiness?(call?: Call): Promise<string | undefined>;
}

/** Disks of a cloud, which are the named volumes of containers. They stay until somebody removes them. */
export interface Disks {
  /**
   * Attaches the disk to a machine that runs, made where there is none yet; the device it then is on the machine, such as
   * `/dev/sdb`. Repeating it changes nothing. Rejects with `unavailable` while that is under way, and with `conflict` where
   * another machine has it.
   */
  attach(machineId: string, disk: DiskName, call?: Call): Promise<string>;
}

/** Machines that are stopped, with their disks kept, and started again. */
export interface Rests {
  /**
   * Begins to stop a machine that runs, and writes `key` down with it first, so that every process knows by what it was stopped
   * and in which boot: `aside` then tells. Repeating it changes nothing. Where it fails, the machine runs, and nothing is written.
   */
  stop(id: string, key: string, call?: Call): Promise<void>;
  /** Begins to start a machine that was stopped, on its disk. Does nothing to one that runs. Rejects with `no_capacity` where none is free, `unavailable` while it is being stopped. */
  start(id: string, call?: Call): Promise<void>;
}

/** A named volume. */
export interface DiskName {
  readonly fleet: string;
  readonly namespace: string;
  readonly volume: string;
}

/** Facts that no method can show. */
export interface MachineTraits {
  /** `native`: safe even when two calls race. `lookup`: the caller must not race calls for one key. */
  readonly idempotency: 'native' | 'lookup';
  readonly spot: boolean;
  /** Whether machines that may be interrupted can be stopped and kept too, where any can; `true` by default. */
  readonly suspendsSpot?: boolean | undefined;
}

/** What to buy, under which name to find it again, and what it does first. */
export interface MachineRequest {
  /** Idempotency key: at most 63 of `a-z 0-9 -`. */
  readonly key: string;
  /** Which control plane owns the machine. Same alphabet as `key`. */
  readonly fleet: string;
  readonly offer: Offer;
  /** A shell script that root runs at the first boot, below 16 KB. The same for the same key and fleet. */
  readonly userData: string;
  /** What will be attached: the machine is bought where these are, if they are anywhere. */
  readonly disks: readonly DiskName[];
  /** The fleet's public SSH key, as in `authorized_keys`, for clouds that want to know it. The script installs it anyway. */
  readonly publicKey: string;
}

/** A machine as its cloud shows it. */
export interface Machine {
  /** Unique within the cloud, and safe to store. */
  readonly id: string;
  /** The `key` it was created with. */
  readonly key: string;
  readonly fleet: string;
  /** `stopped`: its disk is kept, and nothing runs. `ending`: it will be gone. */
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'ending';
  /** Where its sshd is reached; absent while it has no address. */
  readonly address?: string | undefined;
  /** Why it is not running, in one CamelCase word of the cloud's. */
  readonly reason?: string | undefined;
  /** When the cloud takes it away, where it has given notice of that; RFC 3339, by the cloud's clock. */
  readonly endsAt?: string | undefined;
  /** When it was bought, RFC 3339. */
  readonly createdAt: string;
  /** When it was last started, RFC 3339: the same for as long as it is not stopped. */
  readonly bootedAt: string;
  /** The last stop by `rests`, for which key and in which boot: one of another boot than `bootedAt` is over, the machine went on. */
  readonly aside?: { readonly key: string; readonly bootedAt: string } | undefined;
  /** Whether the cloud may take it away. */
  readonly interruptible?: boolean | undefined;
  /** What it costs while it is stopped, where that is known: US dollars as a decimal string. */
  readonly restingPricePerHour?: string | undefined;
}
