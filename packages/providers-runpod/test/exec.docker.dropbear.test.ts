import { execCases } from './exec-cases.ts';

execCases('dropbear', { quick: true });
