import { parseDuration } from '../../api/duration.js';
import { Probe, type Link } from '../../api/link.js';

/** How a remote gateway is probed; times in milliseconds. */
export interface ProbeSpec {
  readonly period: number;
  readonly timeout: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

/** The probe of a Link's gateway; missing fields get the defaults of {@link Probe}. */
export function probeSpec(link: Pick<Link, 'spec'>): ProbeSpec {
  const probe = { ...new Probe(), ...link.spec.gateway?.probe };
  return {
    period: parseDuration(probe.period),
    timeout: parseDuration(probe.timeout),
    failureThreshold: probe.failureThreshold,
    successThreshold: probe.successThreshold,
  };
}
