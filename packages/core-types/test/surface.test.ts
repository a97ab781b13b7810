import { expect, test } from 'vitest';
import * as errors from '../src/errors.ts';
import * as main from '../src/index.ts';
import * as testing from '../src/testing/index.ts';

// A name here is a promise: adding one is a decision, removing one breaks somebody.
test('the package exports these values', () => {
  expect(Object.keys(main).sort()).toMatchInlineSnapshot(`
    [
      "NebError",
      "acceleratorVariants",
      "accelerators",
      "alike",
      "attempt",
      "auditEntry",
      "auditRecord",
      "auditVerdict",
      "buckets",
      "canonicalAccelerator",
      "capabilities",
      "checkManifest",
      "collect",
      "compareMoney",
      "condition",
      "container",
      "containerManifest",
      "containerRow",
      "containerSpec",
      "containerStatus",
      "containerWords",
      "databaseCode",
      "databaseTrouble",
      "describePath",
      "didYouMean",
      "duration",
      "durationMs",
      "endedWords",
      "errorCodes",
      "event",
      "fieldsOf",
      "formatBytes",
      "formatDuration",
      "formatMoney",
      "fraction",
      "inWords",
      "inferKind",
      "instant",
      "isDatabaseGone",
      "isNebError",
      "kindNamed",
      "kindNames",
      "kinds",
      "masker",
      "matchesSelector",
      "messageOf",
      "metadata",
      "metadataInput",
      "money",
      "name",
      "namespace",
      "namespaceManifest",
      "namespaceName",
      "nearest",
      "newId",
      "paginate",
      "parseAccelerator",
      "parseCpus",
      "parseDuration",
      "parseManifest",
      "parseMemory",
      "parseMoney",
      "parseSelector",
      "problemsOf",
      "quota",
      "quotaFields",
      "refusalOf",
      "role",
      "roles",
      "schemaAt",
      "secret",
      "secretManifest",
      "systemClock",
      "systemRandom",
      "timestamp",
      "turns",
      "unlessAborted",
      "unwrap",
      "withCondition",
    ]
  `);
});

test('its testing entry exports these', () => {
  expect(Object.keys(testing).sort()).toMatchInlineSnapshot(`
    [
      "conformanceCases",
      "fakeClock",
      "insist",
      "memoryCloud",
      "rejectionOf",
      "seededRandom",
      "selfSigned",
    ]
  `);
});

test('its errors entry exports these, and needs no schema library for it', () => {
  expect(Object.keys(errors).sort()).toMatchInlineSnapshot(`
    [
      "NebError",
      "errorCodes",
      "isNebError",
      "messageOf",
    ]
  `);
});
