import { z } from 'zod';
import { didYouMean } from '../nearest.ts';

const messageTypes = ['string', 'number', 'integer', 'boolean', 'object', 'array', 'any'] as const;
type MessageType = (typeof messageTypes)[number];

/** What a value in a message is like. */
export interface MessageShape {
  type: MessageType;
  enum?: unknown[] | undefined;
  /** What the items of an array are: a type, or a shape. */
  items?: MessageType | MessageShape | undefined;
  /** Fields of an object. */
  fields?: MessageField[] | undefined;
  default?: unknown;
  description?: string | undefined;
}

/** A field of a message, in the short list that a processor's `schema` may be. */
export interface MessageField extends MessageShape {
  name: string;
  required?: boolean | undefined;
}

const messageType = z.enum(messageTypes, {
  error: ({ input }) => (input === undefined ? 'is required' : `must be one of ${messageTypes.join(', ')}, not ${JSON.stringify(input)}${typeof input === 'string' ? didYouMean(input, messageTypes) : ''}`),
}).describe('What its value is.');

const shape = {
  type: messageType,
  enum: z.array(z.unknown()).min(1).optional().meta({ title: 'list', description: 'Values that it may have; any of its type if absent.' }),
  items: z.lazy((): z.ZodType<MessageType | MessageShape, MessageType | MessageShape> => z.union([messageType, messageShape])).optional().meta({ title: 'text or map', description: 'What the items of an array are: a type, or what a field has but for name and required.' }),
  fields: z.lazy((): z.ZodType<MessageField[], MessageField[]> => z.array(messageField)).optional().meta({ title: 'list of maps', description: 'Fields of an object: maps like this one.' }),
  default: z.unknown().optional().meta({ title: 'anything', description: 'What workers get where a message has none.' }),
  description: z.string().optional().describe('What it is for; nothing checks it.'),
};

export const messageShape: z.ZodType<MessageShape, MessageShape> = z.strictObject(shape);

/** One reading of fields for whoever writes a manifest and for whoever checks messages. Fields that it does not name may be in a message too. */
export const messageField: z.ZodType<MessageField, MessageField> = z.strictObject({
  name: z.string().min(1).describe('Name of the field.'),
  required: z.boolean().optional().describe('False if absent.'),
  ...shape,
});
