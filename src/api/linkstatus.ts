import { IsInt, IsString, MaxLength } from 'class-validator';
import { StatusCondition } from './condition.js';
import { Doc } from './crd.js';
import { Nested, NestedList, Optional } from './fields.js';
import type { Condition } from './objects.js';

const texts = (maxItems: number, maxLength: number) =>
  ({
    type: 'array',
    maxItems,
    items: { type: 'string', maxLength },
    'x-kubernetes-list-type': 'atomic',
  }) as const;

/** Most characters of a UID and of a version that come from another cluster. */
export const maxUid = 64;

/** Whether a text may be the UID of a remote cluster: it is compared with what a Link's status has room for. */
export function isClusterUid(text: unknown): text is string {
  return typeof text === 'string' && text.length <= maxUid && /^[!-~]+$/.test(text);
}
export const maxVersion = 64;

/** Where the remote gateway is. */
@Doc("The remote cluster's gateway, as it is used now.")
export class LinkGatewayStatus {
  @Doc('Addresses in use, as host:port.', texts(64, 280))
  @Optional()
  @IsString({ each: true })
  addresses?: string[];

  @Doc('The addresses in one line.')
  @Optional()
  @IsString()
  @MaxLength(1024)
  display?: string;
}

/** How many mirrors a Link carries. */
@Doc('How many ServiceMirrors take from this link.')
export class MirrorCount {
  @Doc('All of them.', { format: 'int32' })
  @IsInt()
  total!: number;

  @Doc('Those that are Ready.', { format: 'int32' })
  @IsInt()
  ready!: number;

  @Doc('Both in one word, as in 2/3.')
  @IsString()
  @MaxLength(32)
  display!: string;
}

/** How many Services a Link exports. */
@Doc('How many Services of this cluster the other cluster may call.')
export class ExportCount {
  @Doc('Those that it may call.', { format: 'int32' })
  @IsInt()
  services!: number;

  @Doc('Those that are selected and cannot be exported; an Event on each of them says why.', {
    format: 'int32',
  })
  @IsInt()
  refused!: number;

  @Doc('Those that it may call, and all that are selected, as in 2/3.')
  @IsString()
  @MaxLength(32)
  display!: string;
}

/** How many mirrors a Link has that nobody wrote. A Service with an automatic one may be in a federated one, too. */
@Doc('The mirrors that nobody wrote: automatic ones, and federated ones that name this link.')
export class ImportCount {
  @Doc('Those that there are.', { format: 'int32' })
  @IsInt()
  mirrors!: number;

  @Doc('Those that there should be, or that leave out this link: see reasons, and the Events of this Link.', {
    format: 'int32',
  })
  @IsInt()
  missing!: number;

  @Doc('Those that are kept for now as they are, although their Services are gone.', { format: 'int32' })
  @IsInt()
  held!: number;

  @Doc('Those that there are, and all that there should be, as in 2/3.')
  @IsString()
  @MaxLength(32)
  display!: string;

  @Doc("Why some are missing, with their counts, as in 'NamespaceMissing 3'.")
  @Optional()
  @IsString()
  @MaxLength(256)
  reasons?: string;
}

/** The identity of the other side, as it was learned. */
@Doc('Who the other cluster is, as pinned or as learned over a verified connection.')
export class PeerStatus {
  @Doc("The other cluster's own name.")
  @Optional()
  @IsString()
  @MaxLength(63)
  cluster?: string;

  @Doc('UID of its namespace kube-system: the link stops when another cluster answers at the same address.')
  @Optional()
  @IsString()
  @MaxLength(maxUid)
  uid?: string;

  @Doc('SHA-256 fingerprints of its CA certificates, in hex.', texts(32, 64))
  @Optional()
  @IsString({ each: true })
  caFingerprints?: string[];
}

/**
 * The status of a Link. Its conditions have three writers, each with condition types of its own (links, health,
 * rotation), and `exports` has a writer of its own.
 */
@Doc('What the operator says of this link.')
export class LinkStatus {
  @Doc('The generation of the spec that this status was made from.', { format: 'int64' })
  @Optional()
  @IsInt()
  observedGeneration?: number;

  @Doc(
    'Connected: the remote API server answers, or the remote gateway tells what it exports. GatewayHealthy: the remote gateway answers. Ready: the link does what its spec says. RotationFollowed, while the CA of this cluster is rotated: the other cluster trusts the next one. Stalled and Reconciling are for kstatus: somebody must change something, or wait.',
  )
  @Optional()
  @NestedList(StatusCondition, { keys: ['type'], maxItems: 16 })
  conditions?: Condition[];

  @Doc("The remote cluster's gateway.")
  @Optional()
  @Nested(LinkGatewayStatus)
  gateway?: LinkGatewayStatus;

  @Doc('The mirrors of this link.')
  @Optional()
  @Nested(MirrorCount)
  mirrors?: MirrorCount;

  @Doc('The automatic and federated mirrors; absent where spec.imports asks for neither.')
  @Optional()
  @Nested(ImportCount)
  imports?: ImportCount;

  @Doc('The Services that are exported over this link; absent where spec.exports is.')
  @Optional()
  @Nested(ExportCount)
  exports?: ExportCount;

  @Doc('The other cluster.')
  @Optional()
  @Nested(PeerStatus)
  peer?: PeerStatus;

  @Doc("Version of the remote API server, as in 'v1.33.1'.")
  @Optional()
  @IsString()
  @MaxLength(maxVersion)
  remoteVersion?: string;
}
