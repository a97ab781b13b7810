import { budgetManifest, containerManifest, event, messageField, messageShape, namespaceManifest, processorManifest, secretManifest, serviceManifest, snapshotManifest } from '@neb/core-types';
import { z } from 'zod';
import { applied, offer, platform } from '../outputs.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';
import { restBudget, restContainer, restNamespace, restProcessor, restSecret, restService, restSnapshot } from './shapes.ts';

export interface OpenApiDocument {
  readonly openapi: '3.1.0';
  readonly info: { readonly title: string; readonly version: string; readonly description: string };
  readonly security: readonly Readonly<Record<string, readonly string[]>>[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly securitySchemes: Json };
}

export type Json = Readonly<Record<string, unknown>>;
export interface Operation extends Json {
  readonly operationId: string;
  readonly summary: string;
}

/** The OpenAPI 3.1 description of everything that `restHandler` serves, read off its routes. */
export function openApiDocument({ version }: { readonly version: string }): OpenApiDocument {
  const schemas: Record<string, Json> = { Error: jsonSchema(failure, 'input', {}) };
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) (paths[route.path] ??= {})[route.method.toLowerCase()] = operation(route, schemas);
  return {
    openapi: '3.1.0',
    info: { title: 'neb', version, description: 'Containers wherever accelerators are. Times in `metadata` are seconds since the epoch, all others RFC 3339.' },
    security: [{ token: [] }],
    paths,
    components: { schemas, securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
  };
}

/** Schemas that are described once and referred to by name. */
const named = z.registry<{ id: string }>();
for (const [id, schema] of Object.entries({
  Container: restContainer, Budget: restBudget, Namespace: restNamespace, Secret: restSecret, Processor: restProcessor, Service: restService, Snapshot: restSnapshot, Event: event, Applied: applied, Platform: platform, Offer: offer,
  ContainerManifest: containerManifest, BudgetManifest: budgetManifest, NamespaceManifest: namespaceManifest, SecretManifest: secretManifest, ProcessorManifest: processorManifest, ServiceManifest: serviceManifest, SnapshotManifest: snapshotManifest,
  MessageField: messageField, MessageShape: messageShape,
})) named.add(schema, { id });

const failure = z.object({
  error: z.object({
    code: z.string().describe('From a closed list, such as not_found or conflict.'),
    message: z.string(),
    hint: z.string().optional().describe('What to do about it.'),
    details: z.record(z.string(), z.unknown()).optional(),
    retryAfterMs: z.number().optional(),
    requestId: z.string().optional().describe('Names the request in the server\'s log.'),
  }),
});

function operation(route: Route, schemas: Record<string, Json>): Operation {
  const body = route.documents ?? route.body;
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [route.tag],
    ...(route.open && { security: [] }),
    parameters: [...pathParameters(route.path), ...queryParameters(route.query)],
    ...(body && { requestBody: { required: true, content: content(body, schemas) } }),
    responses: {
      ...(route.answers ? { 200: { description: 'What was asked for.', content: content(route.answers, schemas) } } : { 204: { description: 'Done.' } }),
      default: { description: 'What went wrong.', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } },
    },
  };
}

function content(schema: z.ZodType | 'tar', schemas: Record<string, Json>): Json {
  return schema === 'tar' ? { 'application/x-tar': {} } : { 'application/json': { schema: jsonSchema(schema, 'input', schemas) } };
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  return Object.entries((query?.shape ?? {}) as Record<string, z.ZodType>).map(([name, field]) => {
    const { description, ...schema } = jsonSchema(field, 'output', {});
    return { name, in: 'query', required: !field.safeParse(undefined).success, ...(description !== undefined && { description }), schema };
  });
}

/** `GET /v1/containers/{id}/logs` as `getContainersByIdLogs`. */
function operationId({ method, path }: Route): string {
  const words = path.split('/').slice(2).map((part) => (part.startsWith('{') ? `By${capital(part.slice(1, -1))}` : capital(part)));
  return `${method.toLowerCase()}${words.join('')}`;
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}

/** Keeps a field's description, which lives outside of `named`, and drops limits that only say what every number in JavaScript is. */
function plain({ zodSchema, jsonSchema }: { readonly zodSchema: z.core.$ZodTypes; readonly jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema.description = description;
  if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
  if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
  // Not a format that JSON Schema knows; its pattern says the same.
  if (jsonSchema.format === 'starts_with') delete jsonSchema.format;
}

/** A schema as JSON Schema; those with a name go into `schemas` and are referred to. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: named, override: plain }));
  const { $schema: _, $defs = {}, id, ...converted } = JSON.parse(text.replaceAll('#/$defs/', '#/components/schemas/')) as Json & { readonly $defs?: Record<string, Json & { id?: unknown }>; readonly id?: string };
  for (const [name, { id: _id, ...definition }] of Object.entries($defs)) schemas[name] ??= definition;
  if (id === undefined) return converted;
  schemas[id] ??= converted;
  return { $ref: `#/components/schemas/${id}` };
}
