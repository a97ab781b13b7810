import { dialCases } from './dial-cases.ts';

dialCases('sshd');
