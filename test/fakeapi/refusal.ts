/** A request that the fake server refuses, with what its Status says. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly reason: string,
    message: string,
  ) {
    super(message);
  }
}

/** metav1.Status, as real servers send it with every refusal. */
export function statusOf({ status, reason, message }: { status: number; reason: string; message: string }) {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code: status };
}
