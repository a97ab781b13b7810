/** What stands behind the instances: plain bookkeeping, or real machines. */
export interface Hosts {
  /** Boots a machine, on its disk where it was stopped before; resolves once it runs. */
  boot(machine: BootedMachine): Promise<Addresses>;
  /** Shuts it down, and keeps its disk. */
  stop(id: string): Promise<void>;
  /** Ends it. Succeeds where there is nothing. */
  end(id: string): Promise<void>;
}

/** A machine that boots. */
export interface BootedMachine {
  readonly id: string;
  /** The script it was given, as text; it runs at the first boot only. */
  readonly userData: string;
  /** Writes on its console. */
  print(text: string): void;
  /** It shuts itself down. */
  powerOff(): void;
}

export interface Addresses {
  readonly publicAddress: string;
  readonly privateAddress: string;
}

/** Machines of which nothing exists but their addresses. */
export function plainHosts(): Hosts {
  let booted = 0;
  return {
    async boot({ print }) {
      booted++;
      print('neb: this machine is ready\n');
      return { publicAddress: `198.51.100.${booted % 256}`, privateAddress: `172.31.${booted >> 8}.${booted % 256}` };
    },
    stop: async () => {},
    end: async () => {},
  };
}
