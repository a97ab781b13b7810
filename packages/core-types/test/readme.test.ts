import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { checkManifest } from '../src/index.ts';

/** The YAML of the product's first description, word for word: it must work as written. */
const whole = {
  'a container that trains': `
kind: Container
metadata:
  name: trl-job
  namespace: training
image: "huggingface/trl-latest-gpu:latest"
platform: runpod
command: |
  source activate trl && trl sft --model_name_or_path $MODEL \\
      --dataset_name $DATASET \\
      --output_dir /output \\
      --torch_dtype bfloat16 \\
      --use_peft true
env:
  - key: MODEL
    value: Qwen/Qwen2.5-7B 
  - key: DATASET
    value: trl-lib/Capybara 
volumes:  
  - name: model-cache
    mount: /models
accelerators:
  - "2:A100_SXM"
restart: Never
`,
  'a container with a secret': `
kind: Container
metadata:
  name: my-container
  namespace: my-app
env:
  - key: MY_SECRET
    secret_name: my-secret
`,
  'a container in a namespace': `
kind: Container
metadata:
  name: llama-factory-server
  namespace: my-app
`,
  'a namespace with an owner': `
kind: Namespace
metadata:
  namespace: my-app
  owner: acme
`,
  'a processor': `
kind: Processor
metadata:
  name: translator
  namespace: my-app
stream: my-app:workers:translator
container:
  image: corge/translator:latest
  command: "redis-cli XREAD COUNT 10 STREAMS my-app:workers:translator"
  platform: gce
  accelerators:
    - "1:A40"
min_workers: 1
max_workers: 10
scale:
  up:
    above_pressure: 100
    duration: 10s
  down:
    below_pressure: 10
    duration: 5m
  zero:
    duration: 10m
`,
  'a service': `
kind: Service
metadata:
  name: vllm-qwen
  namespace: inference
container:
  image: vllm/vllm-openai:latest
  command: |
    python -m vllm.entrypoints.api_server \\
      --model Qwen/Qwen2-7B-Instruct \\
      --tensor-parallel-size 1 \\
      --port 8000
  accelerators:
    - "1:A100"
platform: gce
min_containers: 1
max_containers: 5
scale:
  up:
    above_latency: 100ms
    duration: 10s
  down:
    below_latency: 10ms
    duration: 5m
  zero:
    below_latency: 10ms
    duration: 10m
`,
};

const fragments: readonly (readonly [what: string, text: string, kind: string])[] = [
  ['a meter by time', `
meters:
  - cost: 0.1
    unit: second
    currency: USD
    metric: runtime 
`, 'Container'],
  ['a processor that scales to zero', `
min_workers: 0
`, 'Processor'],
  ['a message schema', `
schema:
  - name: text_to_translate
    type: string
    required: true
`, 'Processor'],
  ['a service that scales to zero', `
min_containers: 0
`, 'Service'],
  ['a meter by token', `
meters:
  - cost: 0.001
    unit: token
    currency: USD
    response_json_value: "$.usage.prompt_tokens"
`, 'Container'],
];

test.each(Object.entries(whole))('%s passes as written', (_what, text) => {
  expect(checkManifest(parse(text))).toEqual({ ok: true, manifest: expect.anything() });
});

describe('a part of a manifest', () => {
  test.each(fragments)('%s passes as written', (_what, text, kind) => {
    expect(checkManifest(parse(text), undefined, { fragment: true })).toEqual({ ok: true, manifest: expect.objectContaining({ kind }) });
  });
  test('means what it says', () => {
    const [, , , , [, tokens]] = fragments as [unknown, unknown, unknown, unknown, readonly [string, string]];
    expect(checkManifest(parse(tokens), undefined, { fragment: true })).toMatchObject({
      manifest: { meters: [{ cost: '0.001', unit: 'token', metric: 'response_value', json_path: '$.usage.prompt_tokens' }] },
    });
    expect(checkManifest(parse('min_workers: 0'), undefined, { fragment: true })).toMatchObject({ manifest: { min_replicas: 0 } });
  });
});
