import type { SnapshotStatus } from '@neb/core-types';

/** The status of a snapshot that was just asked for. */
export const newSnapshotStatus: SnapshotStatus = { status: 'pending', conditions: [] };
