/** An answer of EC2 that is an error, thrown by what handles a call. */
export class Ec2Refusal extends Error {
  override readonly name = 'Ec2Refusal';
  /** Such as `InsufficientInstanceCapacity`. */
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status = 400) {
    super(message);
    this.code = code;
    this.status = status;
  }
}
