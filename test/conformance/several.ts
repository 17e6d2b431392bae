import type { Socket } from 'node:net';
import type { Protocol } from '../../src/gateway/model.js';
import { type RoutedBackend, type Route, whole } from '../../src/protocol/routes.js';
import { connect, read } from './client.js';
import { aPeer, londonLink, type Pair } from './gatewaypair.js';
import type { Subject } from './pairings.js';
import { startTarget, type Target } from './target.js';

/** A mirror of two clusters as an egress gateway is told of it: a port leads to `one`, another to `two`. */
export interface TwoClusters extends AsyncDisposable {
  readonly ports: { readonly one: number; readonly two: number };
  /** Both routes; a share is the part of its connections that a port gives to the other cluster. */
  routes(shares?: { readonly one?: number; readonly two?: number }): readonly [Route, Route];
  readonly targets: { readonly one: Target; readonly two: Target };
}

/** How clients and targets talk: clients ask who is there, and targets tell their name, of three letters. */
export interface Talk {
  /** Offers a target of that name to london; gives the port. */
  readonly offer: (pair: Pair, name: string, target: number) => Promise<number>;
  readonly question: string;
  readonly answer: (name: string) => string;
}

/** Any bytes. */
export const bytes: Talk = {
  offer: (pair, name, target) => pair.offer(name, target),
  question: '?',
  answer: (name) => name,
};

/** Requests, which share tunnels where that is done, and are read where the exporter can. */
export function requests({ capabilities }: Subject): Talk {
  const asHttp = (name: string): Protocol =>
    capabilities.http ? { kind: 'http', host: { name, namespace: 'default' } } : { kind: 'tcp' };
  return {
    offer: (pair, name, target) => pair.offer(name, target, [londonLink], asHttp(name), true),
    question: 'GET / HTTP/1.1\r\nHost: who\r\n\r\n',
    answer: (name) => `HTTP/1.1 200 OK\r\ncontent-length: ${name.length}\r\n\r\n${name}`,
  };
}

/** A target that tells its name to who asks. */
export function startNamed(name: string, talk: Talk = bytes): Promise<Target> {
  return startTarget((socket) =>
    socket.on('data', () => socket.write(talk.answer(name))).on('end', () => socket.end()),
  );
}

/** Starts both, each behind a link of its own. */
export async function startTwoClusters(pair: Pair, talk: Talk = bytes): Promise<TwoClusters> {
  const targets = { one: await startNamed('one', talk), two: await startNamed('two', talk) };
  const ports = {
    one: await talk.offer(pair, 'one', targets.one.port),
    two: await talk.offer(pair, 'two', targets.two.port),
  };
  const links = ['cluster-a', 'cluster-c'];
  const place = { state: 'Serving', priority: 0, weight: 1 } as const;
  const given = pair.routes().map((route, at) => ({ ...route, link: links[at]! }));
  const backends = given.map(({ link, serviceId, port }): RoutedBackend => ({
    link,
    serviceId,
    port,
    place,
  }));
  const peers = links.map((link) => aPeer(link, 'paris', pair.paris.authority, pair.ingressPort));
  const routes: TwoClusters['routes'] = ({ one = 0, two = 0 } = {}) => {
    const instead = (to: RoutedBackend, share: number) =>
      share === 0 ? {} : { instead: { link: to.link, serviceId: to.serviceId, share: share * whole } };
    return [
      { ...given[0]!, backends, ...instead(backends[1]!, one) },
      { ...given[1]!, backends, ...instead(backends[0]!, two) },
    ];
  };
  await pair.tellLondon({ peers, routes: routes() });
  return {
    ...{ ports, routes, targets },
    async [Symbol.asyncDispose]() {
      await Promise.all([targets.one[Symbol.asyncDispose](), targets.two[Symbol.asyncDispose]()]);
    },
  };
}

/** A connection to a port that stays, and who answers it. */
export async function calling(
  port: number,
  talk = bytes,
): Promise<{ readonly client: Socket; readonly who: string }> {
  const client = await connect(port);
  return { client, who: await whoAnswers(client, talk) };
}

/** Who answers on a connection. */
export async function whoAnswers(client: Socket, { question, answer }: Talk = bytes): Promise<string> {
  client.write(question);
  const text = (await read(client, answer('one').length)).toString();
  return text.slice(-3);
}

/** How many of so many connections each answers, spread evenly over ports as nodes do it. */
export async function countAnswers(
  ports: readonly number[],
  count: number,
): Promise<Readonly<Record<string, number>>> {
  const counts: Record<string, number> = {};
  let next = 0;
  const caller = async () => {
    while (next < count) {
      const { client, who } = await calling(ports[next++ % ports.length]!);
      counts[who] = (counts[who] ?? 0) + 1;
      client.destroy();
    }
  };
  await Promise.all(Array.from({ length: 16 }, caller));
  return counts;
}
