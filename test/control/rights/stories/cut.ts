import assert from 'node:assert/strict';
import { links, services } from '../../../../src/api/resources.js';
import type { Link } from '../../../../src/api/link.js';
import { aLink, aMirror, aService, aSlice, endpoint, exported, of, port } from '../../../gen/gen.js';
import { eventually } from '../../../driver/eventually.js';
import { servicePort, type RightsStory } from '../story.js';
import { openStream, destinationOf, type Stream } from '../../../driver/traffic.js';

const exportedLabel = 'mirror.linkerd.io/exported';
/** Milliseconds; generous, since machines that test are busy. */
const soon = 5_000;

/** What is no longer exported, and whom no Link stands for, loses the sessions that it has; all others keep theirs. */
export async function cut({ clusters, tell }: RightsStory): Promise<void> {
  const { london, paris } = await clusters.namespace('cut');
  for (const name of ['hello', 'other']) {
    await paris.creates(aService(name, exported, port(servicePort)), aSlice(name, endpoint('10.9.0.1')));
    await london.creates(aMirror(`${name}-mirror`, of('paris', `cut/${name}`)));
  }
  const byLabel = { exports: { all: null, services: { matchLabels: { [exportedLabel]: 'true' } } } };
  await clusters.paris.edits(links, 'london', { spec: byLabel });
  const open = async (name: string): Promise<Stream> => {
    await london.within(60_000).mirrorSays(`${name}-mirror`, 'EndpointsReady=True');
    const stream = await eventually(async () => openStream(await destinationOf(london, name)), 30_000);
    await stream.echo();
    return stream;
  };
  const isCut = async (stream: Stream, what: string, write: () => Promise<unknown>) => {
    await write();
    const written = performance.now();
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, soon, undefined).unref());
    const ended = await Promise.race([stream.ended, late]);
    assert.ok(ended !== undefined, `${what}: the live session is still there after ${soon} ms`);
    tell(`${what}: the live session was cut ${Math.round(ended - written)} ms after the write was answered`);
  };
  const mark = (value: string | null) =>
    paris.edits(services, 'hello', { metadata: { labels: { [exportedLabel]: value } } });

  const other = await open('other');
  await isCut(await open('hello'), 'Service without its label', () => mark(null));
  await other.echo();
  await assert.rejects(async () => openStream(await destinationOf(london, 'hello')));

  await mark('true');
  const again = await open('hello');
  const there = await clusters.paris.get(links, 'london');
  await isCut(again, 'Link deleted by the exporter', () => clusters.paris.deletes(links, 'london'));
  await eventually(() => assert.ok(!other.isOpen, 'another service of that Link is still served'));
  await clusters.paris.creates(fresh(there));

  const last = await open('hello');
  const here = await clusters.london.get(links, 'paris');
  await isCut(last, 'Link deleted by the caller', () => clusters.london.deletes(links, 'paris'));
  await clusters.london.creates(fresh(here));
  (await open('hello')).close();
}

/** A Link as it was first written. */
function fresh({ metadata: { name }, spec }: Link): Link {
  return aLink(name, (draft) => (draft.spec = spec));
}
