import { execCases } from './exec-cases.ts';

execCases('sshd');
