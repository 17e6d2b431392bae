import { whyNotAccepted, type Matches } from '../mirror/accept.js';
import { sourceOf } from '../mirror/source.js';
import { hasClusters, localCluster } from '../api/backends.js';
import { fitted } from '../mirror/fitted.js';
import { knownSource, type Backend, type BackendView } from '../mirror/view.js';
import type { GatewayFacts } from './transport.js';
import { local } from './local.js';
import { transports } from './transports.js';

/** Everything that is seen of one backend. */
export interface BackendReading {
  readonly view: BackendView;
  /** Absent: its Link is not known. */
  readonly facts?: GatewayFacts;
}

/** The decisions about one backend: its source, whether it may serve, and the answer of its transport. */
export function backendOf({ view, facts }: BackendReading, matches: Matches): Backend {
  const { link } = view;
  const transport = transportOf(view);
  const limits = transport?.limits;
  const source = sourceOf(view, limits);
  const known = knownSource(source);
  const input =
    link !== undefined && facts !== undefined && known !== undefined
      ? { view, link, source: known, facts }
      : undefined;
  const families = input === undefined ? undefined : transport?.families(input);
  const notAccepted = whyNotAccepted({
    ...{ view, source, matches, families },
    ...(limits !== undefined && { limits }),
  });
  const distance = distanceTo(view, facts);
  const answer = input !== undefined && notAccepted === undefined ? transport?.answer(input) : undefined;
  return {
    ...{ view, source, notAccepted, limits, families },
    ...(distance !== undefined && { distance }),
    metadata: link === undefined ? undefined : transport?.metadata({ view, link }),
    answer:
      answer !== undefined && known !== undefined && hasClusters(view.mirror)
        ? fitted(answer, known, view)
        : answer,
  };
}

/** The quickest answer that any egress gateway has had. */
function distanceTo({ backend, mirror }: BackendView, facts: GatewayFacts | undefined): number | undefined {
  if (backend.cluster === localCluster) return 0;
  // of 10,000 mirrors hardly any asks
  if (mirror.spec.trafficDistribution === undefined) return undefined;
  const times = (facts?.egress.pods ?? []).flatMap(
    ({ applied }) => applied?.links.get(backend.cluster)?.answersIn ?? [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function transportOf({ backend, link }: BackendView) {
  if (backend.cluster === localCluster) return local;
  return link === undefined ? undefined : transports[link.spec.transport];
}
