import type { Clock } from './clock.js';
import { errorOf, parseJson } from './answer.js';
import { DeadlineExceeded, startDeadline, type Deadline } from './deadline.js';
import { NetworkError, TooLargeError, type ApiError } from './errors.js';
import type { Metrics } from './metrics.js';
import type { HttpResponse, Call, HttpTransport } from './http.js';

/** A call, with what retries and metrics need to know of it besides the HTTP. */
export interface Request extends Call {
  /** Kubernetes' verb, for metrics. */
  readonly verb: string;
  /** Plural name, for metrics. */
  readonly resource: string;
  /** Whether the call may be repeated: then it is tried once more after a reset connection. */
  readonly repeatable: boolean;
}

/** Sends a request and returns the parsed answer. Throws ApiError, NetworkError, TooLargeError, or the reason of the signal. */
export type Exchange = (request: Request, signal?: AbortSignal) => Promise<unknown>;

/** Puts a deadline, retries and metrics around a transport. */
export function createExchange(
  transport: HttpTransport,
  o: {
    clock: Clock;
    deadlineMs: number;
    cluster: string;
    metrics?: Metrics | undefined;
    /** Plural names whose writes throw a 429 or 503 at once. @default none */
    heldBack?: ReadonlySet<string>;
  },
): Exchange {
  const attempt = async (request: Request, deadline: Deadline): Promise<HttpResponse> => {
    const started = o.clock.monotonic();
    const seen = (code: string) =>
      o.metrics?.request({
        cluster: o.cluster,
        verb: request.verb,
        resource: request.resource,
        code,
        seconds: (o.clock.monotonic() - started) / 1000,
      });
    try {
      const answer = await transport.call(request, deadline.signal);
      seen(String(answer.status));
      return answer;
    } catch (error) {
      seen('<error>');
      throw error;
    }
  };

  return async (request, signal) => {
    signal?.throwIfAborted();
    const what = `${request.method} ${request.path.split('?')[0]}`;
    const deadline = startDeadline(o.clock, o.deadlineMs, signal);
    let resets = 0;
    try {
      for (;;) {
        let answer: HttpResponse;
        try {
          answer = await attempt(request, deadline);
        } catch (error) {
          signal?.throwIfAborted();
          if (error instanceof TooLargeError) throw error;
          if (request.repeatable && isBroken(error) && !deadline.signal.aborted && resets++ === 0) continue;
          throw networkError(deadline.signal.aborted ? deadline.signal.reason : error, what);
        }
        if (answer.status < 300)
          return request.read === undefined ? parseJson(answer.text, what) : answer.value;
        const error = errorOf(answer, { what, now: o.clock.now() });
        const isHeldBack = request.method !== 'GET' && o.heldBack?.has(request.resource) === true;
        const wait = isHeldBack ? undefined : retryDelay(error, deadline);
        if (wait === undefined) throw error;
        await o.clock.sleep(wait, deadline.signal);
        if (deadline.signal.aborted) throw signal?.aborted ? signal.reason : error;
      }
    } finally {
      deadline.done();
    }
  };
}

const shortestWaitMs = 500;

/** The wait that the server asks for, if it is overloaded and the deadline leaves time for that. */
function retryDelay(error: ApiError, deadline: Deadline): number | undefined {
  if (error.status !== 429 && error.status !== 503) return undefined;
  if (error.retryAfterMs === undefined) return undefined;
  // `Retry-After: 0` must not lead to a loop without a pause
  const wait = Math.max(error.retryAfterMs, shortestWaitMs);
  return wait < deadline.remaining() ? wait : undefined;
}

/** Names the call and the failure, with undici's or the system's error as the cause. */
export function networkError(error: unknown, what: string): NetworkError {
  if (error instanceof NetworkError) return error;
  // with several addresses (RFC 8305) the reason is in the first of the collected errors
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  const message = first instanceof Error ? first.message : String(first);
  const code = first instanceof DeadlineExceeded ? 'ETIMEDOUT' : (first as { code?: unknown } | null)?.code;
  return new NetworkError(`${what}: ${message}`, {
    code: typeof code === 'string' ? code : 'UNKNOWN',
    cause: first,
  });
}

const broken = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET', 'UND_ERR_HEADERS_TIMEOUT']);

function isBroken(error: unknown): boolean {
  return broken.has(String((error as { code?: unknown } | null)?.code));
}
