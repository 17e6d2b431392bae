const hidden = '[redacted]';

/** Words that mark a field as secret, anywhere in its name. */
const secretWords = /token|passw|passphrase|secret|credential|kubeconfig|authorization|cookie|private/i;

/** `key`, `tls.key`, `clientKey`, `client-key-data`: not `keys` or `monkey`. */
const keyName = /^key$|[-_.]key(?:[-_.]?data)?$|[a-z]Key(?:Data)?$/;

/** Secrets recognised by their form, for texts such as error messages: PEM keys, JWTs, bearer headers. */
const secretTexts = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g,
  /\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*/g,
  /(?<=\bBearer )[\w.~+/=-]{8,}/g,
];

/** How deep a logged object is followed. */
const maxDepth = 6;

/** Whether a field of that name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretWords.test(name) || keyName.test(name);
}

/** Removes secrets from a text. */
export function redactText(text: string): string {
  return secretTexts.reduce((rest, pattern) => rest.replace(pattern, hidden), text);
}

/**
 * Copies a value for the log: without secrets (fields by name, the data of a Secret, texts by form), with errors as
 * plain objects that keep their cause, and without cycles.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'function' || typeof value === 'symbol') return undefined;
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= maxDepth) return '[deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date) return value.toJSON();
  if (value instanceof Uint8Array) return `[${value.length} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Map || value instanceof Set) return redact([...value], depth);
  return redactFields(Object.entries(value), isSecretObject(value), depth);
}

function redactFields(entries: [string, unknown][], secret: boolean, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([name, value]) => {
      const hide = isSecretName(name) || (secret && (name === 'data' || name === 'stringData'));
      return [name, hide && value !== undefined && value !== null ? hidden : redact(value, depth + 1)];
    }),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const fields = Object.entries(error).filter(([field]) => field !== 'name' && field !== 'cause');
  return {
    name,
    message: redactText(message),
    ...redactFields(fields, false, depth),
    ...(cause !== undefined && { cause: redact(cause, depth + 1) }),
    ...(stack !== undefined && { stack: redactText(stack) }),
  };
}

function isSecretObject(value: object): boolean {
  return 'kind' in value && value.kind === 'Secret';
}
