import type { Condition } from './objects.js';

/** Condition types of a ServiceMirror, in the order in which they are shown. */
export const mirrorConditions = ['Accepted', 'Synced', 'EndpointsReady', 'Ready'] as const;

/** Condition types of a Link, in the order in which they are shown; the last one only while our CA is rotated. */
export const linkConditions = ['Connected', 'GatewayHealthy', 'Ready', 'RotationFollowed'] as const;

/** Condition types of an Invitation, in the order in which they are shown. */
export const invitationConditions = ['Open', 'Ready'] as const;

/** Reasons of the conditions of a ServiceMirror: what keeps it from being as desired, or that nothing does. */
export const mirrorReasons = {
  /** The spec breaks a rule that the schema could not express. */
  InvalidSpec: 'InvalidSpec',
  /** `spec.cluster` names no Link, or one that cannot be used. */
  LinkNotFound: 'LinkNotFound',
  /** A Service of the wanted name exists and is not ours. */
  NameConflict: 'NameConflict',
  /** The Link does not allow this namespace to mirror, or not from that remote namespace. */
  NamespaceNotAllowed: 'NamespaceNotAllowed',
  /** The remote service is of a kind, or an address family, that this transport or this cluster cannot mirror. */
  UnsupportedService: 'UnsupportedService',
  /** A port's protocol cannot travel over this transport. */
  UnsupportedProtocol: 'UnsupportedProtocol',
  /** The remote cluster answered, and among what the Link selects, and is told of, has no such service. */
  RemoteServiceNotFound: 'RemoteServiceNotFound',
  /** The mirror is on its way, and nothing is wrong yet. */
  Pending: 'Pending',
  /** No contact with the remote cluster for a minute. */
  LinkDisconnected: 'LinkDisconnected',
  /** The remote service has no endpoint that can be reached: none is ready, or none offers a port that it names. */
  NoReadyEndpoints: 'NoReadyEndpoints',
  /** The remote gateway does not answer its probe. */
  GatewayUnhealthy: 'GatewayUnhealthy',
  /** No address of the remote gateway is known or resolves. */
  GatewayUnresolved: 'GatewayUnresolved',
  /** No egress gateway pod runs in this cluster. */
  NoLocalGateway: 'NoLocalGateway',
  /** The remote cluster's gateway does not export this service to us. */
  NotExported: 'NotExported',
  /**
   * The mirror, its namespace or its Link has as many egress ports as it may, the range is used up, or our own API server
   * does not let ports be recorded.
   */
  PortsExhausted: 'PortsExhausted',
  /** Our own API server does not take the Service or the slices: a quota, a policy, an admission webhook. */
  WriteRefused: 'WriteRefused',
  /** Nothing is wrong. */
  Accepted: 'Accepted',
  Synced: 'Synced',
  EndpointsReady: 'EndpointsReady',
  Ready: 'Ready',
} as const;

/** A reason of a ServiceMirror's condition. */
export type MirrorReason = keyof typeof mirrorReasons;

/** Reasons of the conditions of a Link. */
export const linkReasons = {
  Connected: 'Connected',
  /** The Link names neither credentials, nor a peer with addresses: nothing is imported over it. */
  ExportOnly: 'ExportOnly',
  CredentialsMissing: 'CredentialsMissing',
  CredentialsRejected: 'CredentialsRejected',
  /** The credentials still work, but their token could not be renewed, or nobody renews it and it ends within a week. */
  CredentialsExpiring: 'CredentialsExpiring',
  /** The API server does not grant a right, or the peer's gateway does not take our certificate. */
  Forbidden: 'Forbidden',
  Unreachable: 'Unreachable',
  /** The remote API server holds, or sends, more than this cluster takes over one Link. */
  TooLarge: 'TooLarge',
  /** What answers at that address is another cluster than the one pinned. */
  ClusterChanged: 'ClusterChanged',
  /** Most Services of the remote cluster are gone at once, and their automatic mirrors are kept for ten minutes. */
  DeletionHeld: 'DeletionHeld',
  Healthy: 'Healthy',
  ProbeFailed: 'ProbeFailed',
  /** No address of the gateway is known, or none that may be dialled: the message says why. */
  Unresolved: 'Unresolved',
  /** Another Link already stands for this peer, or has a CA that could be taken for one of its own. */
  PeerConflict: 'PeerConflict',
  /** The ConfigMap of all peers has no space for this peer. */
  PeersExhausted: 'PeersExhausted',
  /** What the peer publishes contradicts what the Link pins. */
  PeerMismatch: 'PeerMismatch',
  /** The connection to the peer's API server was not verified, so the peer's identity cannot be learned over it. */
  InsecurePeer: 'InsecurePeer',
  /** The peer claims to be this cluster. */
  SelfLink: 'SelfLink',
  /** This transport, or this direction, uses no gateway. */
  NotUsed: 'NotUsed',
  NoLocalGateway: 'NoLocalGateway',
  InvalidSpec: 'InvalidSpec',
  /** The peer does not yet trust the CA that this cluster will use next. */
  RotationWaiting: 'RotationWaiting',
  RotationFollowed: 'RotationFollowed',
  Pending: 'Pending',
  Ready: 'Ready',
} as const;

/** A reason of a Link's condition. */
export type LinkReason = keyof typeof linkReasons;

/** Reasons of the conditions of an Invitation. */
export const invitationReasons = {
  /** Its code can be redeemed. */
  Open: 'Open',
  /** Nobody has redeemed it in time. */
  Expired: 'Expired',
  /** Too many attempts with a wrong secret: it is void. */
  TooManyAttempts: 'TooManyAttempts',
  /** It was redeemed, and the Link is on its way. */
  Redeemed: 'Redeemed',
  /** It was redeemed, and the Link was made. */
  Linked: 'Linked',
  /** A Link of that name is there that this invitation did not make. */
  NameConflict: 'NameConflict',
  /** Who redeemed it claims to be this cluster. */
  SelfLink: 'SelfLink',
  /** Who redeemed it claims to be a peer that has a Link, or has a CA that could be taken for one of that peer. */
  PeerConflict: 'PeerConflict',
  /** What the gateway has written down of who redeemed it cannot be read. */
  InvalidPeer: 'InvalidPeer',
  InvalidSpec: 'InvalidSpec',
} as const;

/** A reason of an Invitation's condition. */
export type InvitationReason = keyof typeof invitationReasons;

/** Reasons of the Events on a Service that a Link selects for export: what somebody has to change. */
export const exportReasons = {
  /**
   * It is headless without host names of pods or without a selector, of type ExternalName, at an address that no gateway
   * may call, or the API server itself.
   */
  UnsupportedService: 'UnsupportedService',
  /** It has no TCP port. */
  UnsupportedProtocol: 'UnsupportedProtocol',
  /** It has no selector, and the Link does not say `allowSelectorless`. */
  SelectorlessNotAllowed: 'SelectorlessNotAllowed',
  /** `linkerd.io/export-protocol` cannot be read, or a port that it is about does not say what it speaks. */
  InvalidAnnotation: 'InvalidAnnotation',
  /** The service ID of a port stands for another target, too: neither is exported. */
  ServiceIDConflict: 'ServiceIDConflict',
  /** It is exported, and its internalTrafficPolicy keeps gateways from pods of other nodes. */
  NodeLocal: 'NodeLocal',
} as const;

/** A reason of an Event on an exported Service. */
export type ExportReason = keyof typeof exportReasons;

/** A condition before it has a time stamp. */
export interface DesiredCondition<Reason extends string = string> {
  type: string;
  status: Condition['status'];
  reason: Reason;
  message: string;
}

/** Messages are cut to this many characters: people read conditions, and the API limits them to 32768. */
const messageLimit = 1024;

/**
 * Gives desired conditions their times. The transition time moves only when the status changes (KEP-1623), so an
 * unchanged state gives an unchanged object.
 *
 * @param now RFC 3339, in UTC
 */
export function toConditions(
  desired: readonly DesiredCondition[],
  previous: readonly Condition[] | undefined,
  stamp: { now: string; generation: number | undefined },
): Condition[] {
  return desired.map((condition) => {
    const before = previous?.find(({ type }) => type === condition.type);
    return {
      type: condition.type,
      status: condition.status,
      reason: condition.reason,
      // the API server stores half a character as another one, and the text would then differ for ever
      message: condition.message.slice(0, messageLimit).toWellFormed(),
      ...(stamp.generation !== undefined && { observedGeneration: stamp.generation }),
      lastTransitionTime: before?.status === condition.status ? before.lastTransitionTime : stamp.now,
    };
  });
}

/** The condition of that type, if the object has one. */
export function conditionOf(
  object: { status?: { conditions?: readonly Condition[] } } | undefined,
  type: string,
): Condition | undefined {
  return object?.status?.conditions?.find((condition) => condition.type === type);
}

/** A time in the form of conditions: RFC 3339, in UTC, whole seconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
