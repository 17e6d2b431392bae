import { ArrayMaxSize, ArrayMinSize, IsArray } from 'class-validator';
import { Doc, Rule } from './crd.js';
import { Check, Nested, Optional, Text } from './fields.js';
import { unseenStatus } from './kstatus.js';
import { dnsLabel, portName, serviceName } from './formats.js';
import { ServiceMirrorStatus } from './mirrorstatus.js';
import type { KubeObject } from './objects.js';

export { MirroredPort, ServiceMirrorStatus } from './mirrorstatus.js';

/** The remote service of a mirror. */
@Doc('Names a remote Service.')
export class RemoteServiceRef {
  @Doc('Name of the remote Service.')
  @Text(dnsLabel('the name of the remote Service'))
  name!: string;

  @Doc("Namespace of the remote Service. Left out: the ServiceMirror's own.")
  @Optional()
  @Text(dnsLabel('the name of a remote namespace'))
  namespace?: string;
}

const isPort = (port: unknown) =>
  typeof port === 'number'
    ? Number.isInteger(port) && port >= 1 && port <= 65535
    : typeof port === 'string' && port.length <= portName.maxLength && portName.pattern.test(port);

/** The spec of a mirror: one service of one linked cluster, under a local name. */
@Doc('Which remote Service, and its name here.')
@Rule<ServiceMirrorSpec>({
  rule: '(has(self.name) ? self.name : self.service.name) == (has(oldSelf.name) ? oldSelf.name : oldSelf.service.name)',
  message:
    'the name of the local Service (spec.name, or spec.service.name without it) is immutable: keep it, or delete this ServiceMirror and create another',
  fieldPath: '.name',
})
@Rule<ServiceMirrorSpec>({
  rule: "has(self.name) || self.service.name.matches('^[a-z]')",
  message:
    'the remote name begins with a digit, which a local Service may not: set spec.name to a name that begins with a letter',
  fieldPath: '.name',
  holds: ({ name, service }) => name !== undefined || /^[a-z]/.test(service.name),
})
export class ServiceMirrorSpec {
  @Doc('The cluster from which to mirror: name of a Link.', {
    'x-kubernetes-validations': [
      { rule: "self != 'local'", message: "'local' is this cluster itself: write the name of a Link" },
    ],
  })
  @Text(dnsLabel('the name of a Link', 40))
  @Check((cluster) => cluster !== 'local', "'local' is this cluster itself: write the name of a Link")
  cluster!: string;

  @Doc('The Service to mirror from that cluster.')
  @Nested(RemoteServiceRef)
  service!: RemoteServiceRef;

  @Doc(
    'Name of the local Service, in the namespace of the ServiceMirror. Left out: the name of the remote Service. Immutable.',
  )
  @Optional()
  @Text(serviceName('the name of a Service'))
  name?: string;

  @Doc('Which of the remote ports to mirror, by number or name. Left out: all.', {
    type: 'array',
    items: {
      'x-kubernetes-int-or-string': true,
      maxLength: portName.maxLength,
      'x-kubernetes-validations': [
        {
          rule: `type(self) == int ? self >= 1 && self <= 65535 : self.matches(r'${portName.pattern.source}')`,
          message: portName.fix,
        },
      ],
    },
    'x-kubernetes-list-type': 'set',
  })
  @Optional()
  @IsArray({ message: 'write a list of ports' })
  @ArrayMinSize(1, { message: 'write at least one port, or leave ports out for all' })
  @ArrayMaxSize(64, { message: 'write at most 64 ports' })
  @Check((ports) => Array.isArray(ports) && ports.every(isPort), portName.fix)
  @Check((ports) => new Set(ports as unknown[]).size === (ports as unknown[]).length, 'write each port once')
  ports?: (string | number)[];
}

/** A ServiceMirror as it is described in its CRD. */
@Doc(
  'A ServiceMirror makes a Service of a linked cluster callable here as if it were local: a Service of its own name appears in its namespace and leads to the remote pods.',
)
export class ServiceMirrorRoot {
  @Doc('Which remote Service, and its name here.')
  @Nested(ServiceMirrorSpec)
  spec!: ServiceMirrorSpec;

  @Doc('What the operator says of this mirror; nobody else writes it.', { default: unseenStatus })
  @Optional()
  @Nested(ServiceMirrorStatus)
  status?: ServiceMirrorStatus;
}

/** A ServiceMirror as the API server stores it. */
export interface ServiceMirror extends KubeObject {
  spec: ServiceMirrorSpec;
  status?: ServiceMirrorStatus;
}
