import { z } from 'zod';
import { duration } from '../duration.ts';
import { parseMoney, price } from '../money.ts';
import { choice } from './choice.ts';
import { condition } from './condition.ts';
import { metadata, metadataField } from './metadata.ts';

/** What a budget does once so much is spent, the mildest first; each does what those before it do, but for `warn`. */
export const budgetDeeds = ['warn', 'no_new', 'scale_to_minimum', 'suspend', 'stop'] as const;
export type BudgetDeed = (typeof budgetDeeds)[number];

/** The times that a budget limits, by UTC. */
export const budgetPeriods = ['hour', 'day', 'month', 'total'] as const;
export type BudgetPeriod = (typeof budgetPeriods)[number];

const positive = price.refine((text) => parseMoney(text) !== 0n, { error: 'must be more than nothing' });

/** `80%`, or an amount. */
const threshold = z
  .union([z.string(), z.number()])
  .transform((value) => (typeof value === 'number' ? String(value) : value.replaceAll(/\s/g, '')))
  .refine((text) => /^\d{1,4}(?:\.\d{1,4})?%$/.test(text) || parseMoney(text) !== undefined && !text.startsWith('-'), { error: 'must be a share such as 80%, or an amount such as 12.50' })
  .pipe(z.string())
  .meta({ title: 'share or amount' });

const step = z.strictObject({
  at: threshold.describe('How much of a limit is spent: a share such as 80%, or an amount where there is one limit.'),
  do: choice(budgetDeeds).describe('warn tells; no_new lets nothing start that costs; scale_to_minimum keeps processors and services at their fewest; suspend and stop end what runs, the lowest priority first. suspend stops where a platform cannot suspend.'),
  below: z.int().optional().describe('Only containers with a priority below this; all if absent. For suspend and stop.'),
});

const budgetFields = {
  scope: choice(['namespace', 'owner']).optional().describe('Of what: its namespace, or all that the owner of its namespace has. namespace if absent.'),
  limits: z
    .strictObject({
      hour: positive.optional().describe('In each hour (UTC).'),
      day: positive.optional().describe('In each day (UTC).'),
      month: positive.optional().describe('In each month (UTC).'),
      total: positive.optional().describe('From the full hour on in which the budget was made.'),
    })
    .refine((limits) => Object.keys(limits).length > 0, { error: 'needs an hour, a day, a month or a total', when: ({ issues }) => issues.length === 0 })
    .describe('Most that may be spent; each holds.'),
  counts: choice(['cost', 'price']).optional().describe('cost: what platforms take. price: what meters ask of customers. cost if absent.'),
  currency: z.string().regex(/^[A-Z]{3}$/, { error: 'must be three letters such as USD' }).optional().describe('Of the limits; USD if absent, and always where cost counts.'),
  soft: z.boolean().optional().describe('True: steps are told and nothing else is done. False if absent.'),
  steps: z.array(step).min(1).max(20).optional().describe('What is done when; warn at 80%, no_new and stop at 100% if absent.'),
  horizon: duration.optional().describe('How long whatever starts must be paid for at its price; 10m if absent.'),
} as const;

/** A budget as a manifest writes it. */
export const budgetManifest = z
  .strictObject({ kind: z.literal('Budget').default('Budget'), metadata: metadataField, ...budgetFields })
  .refine(({ counts, currency = 'USD' }) => counts === 'price' || currency === 'USD', { error: 'platforms ask US dollars: leave it out, or count the price', path: ['currency'], when: ({ issues }) => issues.length === 0 })
  .superRefine(({ limits, steps = [] }, context) => {
    steps.forEach(({ at, do: deed, below }, nth) => {
      if (!at.endsWith('%') && Object.keys(limits).length > 1) context.addIssue({ code: 'custom', message: 'is an amount, and there are several limits: give a share such as 80%', path: ['steps', nth, 'at'] });
      if (below !== undefined && deed !== 'stop' && deed !== 'suspend') context.addIssue({ code: 'custom', message: `has no effect with ${deed}`, path: ['steps', nth, 'below'] });
    });
  })
  .describe('How much may be spent, and what happens on the way there.');
export type BudgetManifest = z.infer<typeof budgetManifest>;

/** What a budget is to be: its manifest without `kind` and `metadata`. */
export type BudgetSpec = Omit<BudgetManifest, 'kind' | 'metadata'>;

/** `within`, or the furthest step that is reached. */
export const budgetWords = ['within', ...budgetDeeds, 'deleted'] as const;
export type BudgetWord = (typeof budgetWords)[number];

const limitStatus = z.object({
  per: z.enum(budgetPeriods),
  limit: z.string(),
  spent: z.string().describe('In this period, as of `as_of`.'),
  projected: z.string().optional().describe('What it comes to by the end of the period at the present rate; absent where it has no end.'),
  since: z.string().describe('When the period began.'),
  until: z.string().optional().describe('When it ends, and nothing is spent again.'),
});
export type BudgetLimitStatus = z.infer<typeof limitStatus>;

/** What the server says of a budget. Amounts are decimal strings of its currency. */
export const budgetStatus = z.object({
  status: z.enum(budgetWords),
  message: z.string().optional().describe('How much is spent, in a sentence.'),
  step: z.enum(budgetDeeds).optional().describe('The furthest step that is reached.'),
  since: z.string().optional().describe('When that step was reached.'),
  per: z.enum(budgetPeriods).optional().describe('The limit that is nearest.'),
  limit: z.string().optional(),
  spent: z.string().optional().describe('Of that limit, with what runs and is not in the ledger yet.'),
  rate: z.string().optional().describe('What is spent an hour at present.'),
  projected: z.string().optional().describe('What it comes to by the end of the period at the present rate.'),
  as_of: z.string().optional().describe('When it was last looked at: more was spent since, at that rate.'),
  limits: z.array(limitStatus).optional().describe('Each limit.'),
  by_administrator: z.boolean().optional().describe('An administrator of the server set it: nobody else changes or deletes it.'),
  conditions: z.array(condition),
});
export type BudgetStatus = z.infer<typeof budgetStatus>;

/** A budget as the API returns it. */
export const budget = z.object({ kind: z.literal('Budget'), metadata, ...budgetFields, status: budgetStatus });
export type Budget = z.infer<typeof budget>;

/** The reason of whatever a budget ended or holds. */
export const budgetReached = 'BudgetReached';
