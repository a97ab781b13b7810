const text = { type: 'string' };
const between = (minimum: number, maximum: number): object => ({ type: ['number', 'null'], minimum, maximum });
const part = { type: 'object', required: ['type'], properties: { type: text, text } };
const call = { type: 'object', required: ['id', 'type', 'function'], properties: { id: text, type: text, function: { type: 'object', required: ['name', 'arguments'], properties: { name: text, arguments: text } } } };
const message = {
  type: 'object',
  required: ['role'],
  properties: {
    role: { enum: ['system', 'developer', 'user', 'assistant', 'tool', 'function'] },
    content: { type: ['string', 'array', 'null'], items: part },
    name: text,
    tool_calls: { type: ['array', 'null'], items: call },
    tool_call_id: text,
  },
};

/** A request for a chat completion as OpenAI's API takes it. What servers add to it, such as vLLM, may be there too. */
export const openAiChat: Readonly<Record<string, unknown>> = {
  type: 'object',
  required: ['model', 'messages'],
  properties: {
    model: { type: 'string', minLength: 1 },
    messages: { type: 'array', minItems: 1, items: message },
    temperature: between(0, 2),
    top_p: between(0, 1),
    presence_penalty: between(-2, 2),
    frequency_penalty: between(-2, 2),
    n: { type: ['integer', 'null'], minimum: 1 },
    max_tokens: { type: ['integer', 'null'], minimum: 0 },
    max_completion_tokens: { type: ['integer', 'null'], minimum: 0 },
    seed: { type: ['integer', 'null'] },
    stream: { type: ['boolean', 'null'] },
    stop: { type: ['string', 'array', 'null'], items: text },
    logprobs: { type: ['boolean', 'null'] },
    top_logprobs: { type: ['integer', 'null'], minimum: 0, maximum: 20 },
    logit_bias: { type: ['object', 'null'] },
    response_format: { type: ['object', 'null'], required: ['type'], properties: { type: text } },
    tools: { type: ['array', 'null'], items: { type: 'object', required: ['type'], properties: { type: text, function: { type: 'object', required: ['name'], properties: { name: text } } } } },
    tool_choice: { type: ['string', 'object', 'null'] },
    user: text,
  },
};
