import { z } from 'zod';
import { choice } from './choice.ts';

const pathMatch = z.strictObject({ path: z.string().optional(), pattern: z.string() });
const fieldMatch = z.strictObject({ json_path: z.string(), pattern: z.string() });

const secretRef = z.strictObject({ name: z.string(), key: z.string().optional() });

const rule = z.strictObject({
  name: z.string().describe('What messages call it.'),
  allow: z.boolean().describe('Whether what it matches may pass.'),
  match: z.strictObject({ roles: z.array(z.string()).optional() }).optional().describe('Roles of the caller it is for; any if absent.'),
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
