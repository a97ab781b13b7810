export { type Context, type Fault } from './context.ts';
export { type Router, router } from './router.ts';
