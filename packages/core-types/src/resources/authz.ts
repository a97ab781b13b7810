import { z } from 'zod';
import { choice } from './choice.ts';

const pattern = z.string().describe('Exact, or what it names and all below it where it ends in /**. ${email}, ${handle}, ${org_name}, ${org_id} and ${org_role} stand for the caller\'s.');
const pathMatch = z.strictObject({ path: z.string().optional().describe('Passed over: the pattern is what is compared.'), pattern });
const fieldMatch = z.strictObject({ json_path: z.string().describe('Where in a JSON request the field is (RFC 9535), such as $.model.'), pattern });
const secretRef = z.strictObject({
  name: z.string().describe('Its name.'),
  key: z.string().optional().describe('Field of its value, where that is a JSON object.'),
});

const rule = z.strictObject({
  name: z.string().describe('What messages call it.'),
  allow: z.boolean().describe('Whether what it matches may pass.'),
  match: z.strictObject({ roles: z.array(z.string()).optional().describe('Any of these, in the organisation that a pattern names, else in the owner\'s.') }).optional().describe('Roles of the caller it is for; any if absent.'),
  path_match: z.array(pathMatch).optional().describe('Patterns of the request\'s path, such as "/v1/**".'),
  field_match: z.array(fieldMatch).optional().describe('Patterns of fields of a JSON request, such as $.model.'),
});

/** Who may reach a container through the proxy. */
export const authz = z.strictObject({
  enabled: z.boolean().optional().describe('True if absent.'),
  default_action: choice(['allow', 'deny']).optional().describe('What happens where no rule matches; deny if absent.'),
  auth_type: z.string().optional().describe('jwt if absent.'),
  jwt: z
    .strictObject({ secret_ref: secretRef.optional().describe('Secret of the container\'s namespace.') })
    .optional()
    .describe('The secret that callers\' tokens are signed with.'),
  rules: z.array(rule).optional().describe('Tried in order; the first that matches decides.'),
});
export type Authz = z.infer<typeof authz>;
