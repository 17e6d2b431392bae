import { IsIn } from 'class-validator';
import { Doc, Rule } from './crd.js';
import { Int, Nested, NestedList, Optional, Text } from './fields.js';
import { certificates, keyPin, dnsLabel, dnsName, duration, host, httpPath } from './formats.js';

const directions = ['Dial', 'Accept'] as const;

/** Who opens the connections of a link, where it is not each side for what it calls. */
export type Direction = (typeof directions)[number];

/** An address of the remote gateway: an IP or a host name, and a port. */
@Doc('One address of the remote gateway.')
export class GatewayAddress {
  @Doc('IP address or DNS name; names are resolved again and again, all their addresses are used.')
  @Text(host)
  host!: string;

  @Doc('Port on which the remote gateway listens for other clusters.')
  @Int(1, 65535)
  port: number = 4143;
}

/** Where the remote cluster takes connections that are dialled in advance. */
@Doc('One address at which the remote cluster takes the connections that this cluster dials.')
export class DialAddress {
  @Doc('IP address or DNS name; names are resolved again and again, all their addresses are used.')
  @Text(host)
  host!: string;

  @Doc('Port of Service service-mirror-dial-in there.')
  @Int(1, 65535)
  port: number = 4145;
}

/** How the remote gateway is probed; durations like `3s` or `500ms`. */
@Doc(
  'How the remote gateway is probed. While it does not answer, mirrors of this link have no ready endpoints.',
)
export class Probe {
  @Doc('Time from one probe to the next, 100ms to 10m.')
  @Text(duration('100ms', '10m'))
  period: string = '3s';

  @Doc('A probe that has no answer after this time has failed, 50ms to 1m.')
  @Text(duration('50ms', '1m'))
  timeout: string = '2s';

  @Doc('Failed probes in a row after which the gateway counts as down.')
  @Int(1, 100)
  failureThreshold: number = 3;

  @Doc('Good probes in a row after which the gateway counts as up again.')
  @Int(1, 100)
  successThreshold: number = 1;

  @Doc('Transport linkerd only: HTTP path of the probe.')
  @Text(httpPath)
  path: string = '/ready';

  @Doc('Transport linkerd only: port of the probe.')
  @Int(1, 65535)
  port: number = 4191;
}

/** How to reach the remote cluster's gateway; what is absent is learned from what the remote cluster publishes. */
@Doc(
  "How to reach the remote cluster's gateway. What is left out is learned from what the remote cluster publishes.",
)
@Rule<LinkGateway>({
  rule: "!has(self.direction) || self.direction != 'Dial' || has(self.addresses) || has(self.dialAddresses)",
  message:
    'direction Dial needs to know where the remote cluster is: set addresses, or dialAddresses of its Service service-mirror-dial-in',
  holds: ({ direction, addresses, dialAddresses }) =>
    direction !== 'Dial' || addresses !== undefined || dialAddresses !== undefined,
})
@Rule<LinkGateway>({
  rule: "!has(self.direction) || self.direction != 'Accept' || !has(self.addresses)",
  message:
    'with direction Accept the remote cluster dials this one, so it has no addresses: remove addresses, or set direction: Dial',
  fieldPath: '.addresses',
  holds: ({ direction, addresses }) => direction !== 'Accept' || addresses === undefined,
})
@Rule<LinkGateway>({
  rule: "!has(self.dialAddresses) || (has(self.direction) && self.direction == 'Dial')",
  message: 'only direction Dial has dialAddresses: remove them, or set direction: Dial',
  fieldPath: '.dialAddresses',
  holds: ({ direction, dialAddresses }) => dialAddresses === undefined || direction === 'Dial',
})
export class LinkGateway {
  @Doc('Addresses of the remote gateway; all are used. Transport linkerd needs at least one.')
  @Optional()
  @NestedList(GatewayAddress, { keys: ['host', 'port'], minItems: 1, maxItems: 16 })
  addresses?: GatewayAddress[];

  @Doc(
    'Which cluster opens the connections, where one of them cannot be reached. Dial: this one opens all, also those for what the remote cluster calls here; the Link there says Accept. Accept: the remote cluster opens all; the Link there says Dial. Left out: each cluster opens those for what it calls.',
  )
  @Optional()
  @IsIn(directions, { message: `write one of ${directions.join(', ')}` })
  direction?: Direction;

  @Doc(
    'Direction Dial only: where Service service-mirror-dial-in of the remote cluster is reached. Left out: at the hosts of addresses, port 4145.',
  )
  @Optional()
  @NestedList(DialAddress, { keys: ['host', 'port'], minItems: 1, maxItems: 16 })
  dialAddresses?: DialAddress[];

  @Doc(
    'Transport linkerd only: TLS identity of the remote Linkerd gateway, as `linkerd multicluster link` prints it.',
  )
  @Optional()
  @Text(
    dnsName(
      "a Linkerd identity, as in 'linkerd-gateway.linkerd-multicluster.serviceaccount.identity.linkerd.cluster.local'",
    ),
  )
  identity?: string;

  @Doc('How the remote gateway is probed; the defaults notice an outage after 9 seconds.')
  @Optional()
  @Nested(Probe)
  probe?: Probe;
}

/** Pins who the other side is (transport gateway). */
@Doc(
  'Pins who the other cluster is, for a link whose credentials cannot read that from it, or that has none.',
)
@Rule<LinkPeer>({
  rule: 'has(self.caBundle) != has(self.fingerprint)',
  message: 'set either caBundle or fingerprint: each of them says which CA is trusted',
  holds: ({ caBundle, fingerprint }) => (caBundle === undefined) !== (fingerprint === undefined),
})
export class LinkPeer {
  @Doc(
    "The other cluster's own name, as its operator was given or chose it; its gateway's certificates carry it.",
  )
  @Text(dnsLabel("the other cluster's own name", 40))
  cluster!: string;

  @Doc(
    "The other cluster's CA certificates in PEM; only certificates under these are taken for that cluster.",
  )
  @Optional()
  @Text(certificates)
  caBundle?: string;

  @Doc(
    "In place of caBundle, where this cluster calls the other one: 'sha256:' and the hash of the public key (SubjectPublicKeyInfo) of the other cluster's CA, in hex. The CA is taken from the other cluster's gateway, and proven by this. When that cluster changes its CA, its gateway says so beforehand, and the new one is taken, too.",
  )
  @Optional()
  @Text(keyPin)
  fingerprint?: string;
}
