#!/usr/bin/env node
import { enableCompileCache } from 'node:module';

// Half of a short command's time is compiling; the rest is loaded once this is on.
enableCompileCache();
await import('./start.ts');
