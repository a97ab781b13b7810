/** An answer that is a problem (RFC 9457), thrown by what handles a call. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly status: number;
  readonly more: ProblemMore;

  constructor(status: number, detail: string, more: ProblemMore = {}) {
    super(detail);
    this.status = status;
    this.more = more;
  }

  /** As it goes over the wire. */
  body(): object {
    return { title: titles[this.status] ?? 'Error', status: this.status, detail: this.message, ...(this.more.errors && { errors: this.more.errors }) };
  }
}

export interface ProblemMore {
  /** What is wrong with a request, one sentence each. */
  readonly errors?: readonly string[] | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** The words by which RunPod tells that nothing is free: it has no code for it. */
export const noInstances = 'There are no longer any instances available with the requested specifications. Please refresh and try again.';

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request', 401: 'Unauthorized', 402: 'Payment Required', 403: 'Forbidden', 404: 'Not Found', 405: 'Method Not Allowed',
  409: 'Conflict', 422: 'Unprocessable Entity', 429: 'Too Many Requests', 500: 'Internal Server Error', 502: 'Bad Gateway', 503: 'Service Unavailable',
};
