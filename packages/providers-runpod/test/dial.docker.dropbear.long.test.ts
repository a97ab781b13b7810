import { describe } from 'vitest';
import { dialCases } from './dial-cases.ts';

// Commands enter by dropbear in every run, and what is dialled by OpenSSH.
describe.skipIf(Number(process.env['NEB_TEST_ROUNDS'] ?? 20) < 20)('by dropbear', () => dialCases('dropbear'));
