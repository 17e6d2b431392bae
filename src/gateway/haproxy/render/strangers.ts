import { inviteName } from '../../../protocol/invitation.js';
import { mostStrangers } from '../../../protocol/invitationchannel.js';
import { refuse, toldServer } from './common.js';
import { fileNames, type Layout, pathOf, type Pem } from './layout.js';

/** The backend of connections that came by an invitation. */
export const strangersBackend = 'strangers';

/** Counts them by address. */
const bySource = 'strangers-by-source';

/**
 * The list of certificates by server name: under that of invitations alone, clients need no certificate. HAProxy compares
 * names without their case, and takes an exact name before the wildcard in our certificate. All other names, and clients
 * that send none, have what the `bind` line says.
 */
export function strangersList(cluster: string, layout: Layout): Pem {
  const text = `${pathOf(layout, fileNames.own)} [verify none] ${inviteName(cluster)}\n`;
  return { path: pathOf(layout, fileNames.strangers), text };
}

/** The map of the names under which strangers are let in at present. */
export function strangersMap(cluster: string, isInviting: boolean): ReadonlyMap<string, string> {
  return new Map(isInviting ? [[inviteName(cluster), '1']] : []);
}

/**
 * Rules before those for peers. They end with an `accept` under the server name of invitations, and under no other name: a
 * client of another name without a certificate is refused later, since it has no identity.
 */
export function strangersRules(cluster: string, layout: Layout): string[] {
  const rule = '  tcp-request content';
  const refuseAs = (reason: string, condition: string) => refuse({ rule, reason, link: '' }, condition);
  const isStranger = `{ var(sess.name) -m str ${inviteName(cluster)} }`;
  const map = pathOf(layout, fileNames.invitations);
  return [
    `${rule} set-var(sess.name) ssl_fc_sni,lower`,
    `${rule} set-var(sess.invited) var(sess.name),map(${map}) if ${isStranger}`,
    ...refuseAs('UnknownServerName', `if ${isStranger} !{ var(sess.invited) -m found }`),
    // no Link has a name like that
    ...refuseAs(
      'TooMany',
      `if ${isStranger} { str(|strangers),table_conn_cur(channels) ge ${mostStrangers.held} }`,
    ),
    ...refuseAs(
      'TooMany',
      `if ${isStranger} { var(sess.from),table_conn_cur(${bySource}) ge ${mostStrangers.ofSource} }`,
    ),
    `${rule} track-sc2 str(|strangers) table channels if ${isStranger}`,
    `${rule} track-sc0 var(sess.from) table ${bySource} if ${isStranger}`,
    `${rule} accept if ${isStranger}`,
  ];
}

/** Which backend takes them. */
export function strangersUse(cluster: string): string {
  return `  use_backend ${strangersBackend} if { var(sess.name) -m str ${inviteName(cluster)} }`;
}

/** The agent, which answers them; the header in front of the bytes has the address of the client. */
export function strangersSection(layout: Layout): string[] {
  return [
    `backend ${strangersBackend}`,
    toldServer('agent', pathOf(layout, fileNames.strangersSocket)),
    '',
    `backend ${bySource}`,
    '  stick-table type ipv6 size 1k expire 1m store conn_cur',
    '',
  ];
}
