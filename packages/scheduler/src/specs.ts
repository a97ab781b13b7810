import type { BudgetSpec, BudgetStatus, ContainerSpec, ContainerStatus, Kind, NamespaceStatus, ProcessorSpec, ProcessorStatus, Quota, ServiceSpec, ServiceStatus, SnapshotSpec, SnapshotStatus } from '@neb/core-types';

/** What the author of a secret says besides its value. */
export interface SecretSpec {
  /** RFC 3339. */
  readonly expires_at?: string | undefined;
  /** Changes whenever the value does, so that a new value is a new generation. Not derived from the value. */
  readonly value_version: string;
}

/** What the author of a namespace says; what its status says follows from the objects in it. */
export interface NamespaceSpec {
  readonly quota?: Quota | undefined;
}

interface Specs {
  Container: [ContainerSpec, ContainerStatus];
  Namespace: [NamespaceSpec, NamespaceStatus];
  Secret: [SecretSpec, Readonly<Record<string, never>>];
  Processor: [ProcessorSpec, ProcessorStatus];
  Service: [ServiceSpec, ServiceStatus];
  Snapshot: [SnapshotSpec, SnapshotStatus];
  Budget: [BudgetSpec, BudgetStatus];
}

export type SpecOf<K extends Kind> = Specs[K][0];
export type StatusOf<K extends Kind> = Specs[K][1];
