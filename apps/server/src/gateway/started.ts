/** What the first process of a gateway says once servers may connect to it; anything else is why they may not. */
export const started = 'started';
