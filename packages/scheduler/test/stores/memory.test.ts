import { describe } from 'vitest';
import { memoryGround } from './ground.ts';
import { storeSuites } from './suites.ts';

describe('memory', () => storeSuites(memoryGround));
