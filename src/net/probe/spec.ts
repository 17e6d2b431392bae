import { parseDuration } from '../../api/duration.js';
import { Probe, type Link } from '../../api/link.js';
import type { ProbeSpec } from '../../gateway/model.js';

/** How the Link wants its gateway probed; what it leaves out has the defaults of {@link Probe}. */
export function probeSpec(link: Readonly<Link>): ProbeSpec {
  const probe = { ...new Probe(), ...link.spec.gateway?.probe };
  return {
    period: parseDuration(probe.period),
    timeout: parseDuration(probe.timeout),
    failureThreshold: probe.failureThreshold,
    successThreshold: probe.successThreshold,
  };
}
