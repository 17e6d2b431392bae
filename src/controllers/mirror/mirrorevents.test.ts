import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fakeClock } from '../../../test/gen/clock.js';
import { aLink, aMirror, inNamespace, metadata } from '../../../test/gen/gen.js';
import { createMirrorEvents } from './mirrorevents.js';
import type { Turn } from './turns.js';

const results = {
  ready: { status: 'True', reason: 'Ready', message: '1 of 1' },
  lost: { status: 'False', reason: 'GatewayUnhealthy', message: 'no answer' },
  hidden: { status: 'False', reason: 'NotExported', message: 'not exported' },
  pending: { status: 'False', reason: 'Pending', message: 'on its way' },
} as const;

interface TurnOptions {
  readonly link?: string;
  readonly before?: Turn['before'];
}

/** Events of mirrors `m0`, `m1` and so on; `told` has each as in `ServiceMirror m0 Ready`, those on Links with their message. */
function telling() {
  const clock = fakeClock();
  const told: string[] = [];
  const made = createMirrorEvents({
    clock,
    links: { get: (name) => (name === 'nowhere' ? undefined : aLink(name)) },
    events: {
      event: ({ kind, metadata: { name } }, { reason, message }) =>
        void told.push(`${kind} ${name} ${reason}${kind === 'Link' ? `: ${message.split(' (')[0]}` : ''}`),
    },
  });
  const mirrors = Array.from({ length: 1_000 }, (_, i) => aMirror(`m${i}`, metadata({ uid: `u${i}` })));
  const turn = (index: number, to: keyof typeof results, { link = 'paris', before }: TurnOptions = {}) =>
    made.turned({ mirror: mirrors[index]!, link, before, after: results[to] });
  /** Mirrors from one to before another. */
  const turns = (from: number, end: number, to: keyof typeof results, options?: TurnOptions) => {
    for (let index = from; index < end; index++) turn(index, to, options);
  };
  /** What was told since this was asked last. */
  const news = () => told.splice(0);
  return { clock, made, turn, turns, news };
}

describe('turns of mirrors', () => {
  it('are told on each mirror when there are ten, after two seconds', async () => {
    const { clock, turns, news } = telling();
    turns(0, 10, 'ready');
    await clock.advance(1_999);
    assert.deepEqual(news(), []);
    await clock.advance(1);
    assert.deepEqual(
      news(),
      Array.from({ length: 10 }, (_, i) => `ServiceMirror m${i} Ready`),
    );
    assert.equal(clock.timers, 0);
  });

  it('are told in one Event on the Link when there are eleven', async () => {
    const { clock, turns, news } = telling();
    turns(0, 11, 'ready');
    await clock.advance(2_000);
    assert.deepEqual(news(), ['Link paris Ready: 11 mirrors became ready']);
    await clock.advance(600_000);
    assert.deepEqual(news(), []);
    assert.equal(clock.timers, 0);
  });

  it('are counted by Link and reason', async () => {
    const { clock, turns, news } = telling();
    turns(0, 9, 'ready');
    turns(20, 29, 'ready', { link: 'rome' });
    turns(40, 49, 'lost');
    turns(60, 75, 'hidden', { link: 'rome' });
    await clock.advance(2_000);
    const all = news();
    assert.equal(all.filter((one) => one.startsWith('ServiceMirror')).length, 27);
    assert.deepEqual(
      all.filter((one) => one.startsWith('Link')),
      ['Link rome NotExported: 15 mirrors are not ready'],
    );
  });

  it('of many that come one after the other wait until none comes, and are one Event', async () => {
    const { clock, turns, news } = telling();
    for (let i = 0; i < 8; i++) {
      turns(i * 20, i * 20 + 20, 'lost', { before: 'True' });
      await clock.advance(1_000);
    }
    assert.deepEqual(news(), []);
    await clock.advance(1_000);
    assert.deepEqual(news(), ['Link paris GatewayUnhealthy: 160 mirrors are not ready']);
  });

  it('of a few that come one after the other are told on each after ten seconds', async () => {
    const { clock, turn, news } = telling();
    for (let i = 0; i < 6; i++) {
      turn(i, 'ready');
      await clock.advance(1_999);
    }
    assert.equal(news().length, 6);
  });

  it('that do not end are told on the Link after ten seconds, and ever more rarely', async () => {
    const { clock, turns, news } = telling();
    const at: number[] = [];
    let [next, counted] = [0, 0];
    for (let second = 0; second < 900; second++) {
      turns(next, next + 20, 'ready');
      next = (next + 20) % 1_000;
      await clock.advance(1_000);
      for (const one of news()) {
        at.push(second + 1);
        counted += Number(/: ([\d,]+)/.exec(one)?.[1]?.replace(',', ''));
      }
    }
    assert.deepEqual(at, [10, 30, 70, 150, 310, 610]);
    assert.ok(counted > 0);
  });

  it('of an import are all counted, those of later Events as more', async () => {
    const { clock, turns, news } = telling();
    for (let i = 0; i < 25; i++) {
      turns(i * 40, i * 40 + 40, 'ready');
      await clock.advance(1_000);
    }
    await clock.advance(60_000);
    assert.deepEqual(news(), [
      'Link paris Ready: 400 mirrors became ready',
      'Link paris Ready: 600 more mirrors became ready',
    ]);
  });

  it('of a few that come after many are told on the mirrors when the time of the Link comes', async () => {
    const { clock, turn, turns, news } = telling();
    turns(0, 100, 'ready');
    await clock.advance(2_000);
    news();
    turn(100, 'ready');
    turn(101, 'lost', { before: 'True' });
    await clock.advance(2_000);
    assert.deepEqual(news(), ['ServiceMirror m101 GatewayUnhealthy']);
    await clock.advance(18_000);
    assert.deepEqual(news(), ['ServiceMirror m100 Ready']);
    turn(102, 'ready');
    await clock.advance(2_000);
    assert.deepEqual(news(), ['ServiceMirror m102 Ready']);
  });

  it('that come in tens without end are told on the Link when mirrors have had fifty Events, and one a second', async () => {
    const { clock, turns, news } = telling();
    for (let i = 0; i < 8; i++) {
      turns(i * 10, i * 10 + 10, 'ready');
      await clock.advance(2_000);
    }
    await clock.advance(60_000);
    const all = news();
    assert.equal(all.filter((one) => one.startsWith('ServiceMirror')).length, 70);
    assert.deepEqual(
      all.filter((one) => one.startsWith('Link')),
      ['Link paris Ready: 10 mirrors became ready'],
    );
  });

  it('are told on a Link that is not there', async () => {
    const { clock, turns, news } = telling();
    turns(0, 11, 'lost', { link: 'nowhere' });
    await clock.advance(2_000);
    assert.deepEqual(news(), ['Link nowhere GatewayUnhealthy: 11 mirrors are not ready']);
  });
});

describe('a mirror', () => {
  it('that turns back before it was told of is told of to nobody', async () => {
    const { clock, turn, news } = telling();
    turn(0, 'lost', { before: 'True' });
    await clock.advance(1_000);
    turn(0, 'ready', { before: 'False' });
    await clock.advance(10_000);
    assert.deepEqual(news(), []);
    assert.equal(clock.timers, 0);
  });

  it('that turns twice is told of as it is last', async () => {
    const { clock, turn, news } = telling();
    turn(0, 'ready');
    turn(0, 'lost', { before: 'True' });
    await clock.advance(10_000);
    assert.deepEqual(news(), ['ServiceMirror m0 GatewayUnhealthy']);
  });

  it('that turns back is not counted among many, and may make few of them', async () => {
    const { clock, turn, turns, news } = telling();
    turns(0, 12, 'lost', { before: 'True' });
    turn(3, 'ready', { before: 'False' });
    await clock.advance(2_000);
    assert.deepEqual(news(), ['Link paris GatewayUnhealthy: 11 mirrors are not ready']);
    turns(20, 31, 'ready', { before: 'False' });
    turn(20, 'lost', { before: 'True' });
    await clock.advance(2_000);
    assert.equal(news().length, 10);
  });

  it('that is on its way is told of to nobody, also when it was ready a moment ago', async () => {
    const { clock, turn, news } = telling();
    turn(0, 'pending');
    turn(1, 'ready');
    turn(1, 'pending', { before: 'True' });
    await clock.advance(10_000);
    assert.deepEqual(news(), []);
  });

  it('that was told of is told of again when it turns', async () => {
    const { clock, turn, news } = telling();
    turn(0, 'ready');
    await clock.advance(2_000);
    turn(0, 'lost', { before: 'True' });
    await clock.advance(2_000);
    turn(0, 'ready', { before: 'False' });
    await clock.advance(2_000);
    assert.deepEqual(news(), [
      'ServiceMirror m0 Ready',
      'ServiceMirror m0 GatewayUnhealthy',
      'ServiceMirror m0 Ready',
    ]);
  });

  it('is not told of when everything stops', async () => {
    const { clock, made, turns, news } = telling();
    turns(0, 3, 'ready');
    made.stop();
    await clock.advance(10_000);
    assert.deepEqual([news(), clock.timers], [[], 0]);
  });
});

describe('refused writes', () => {
  it('are told on ten objects of a namespace at once, and then on one every ten seconds', async () => {
    const { clock, made, news } = telling();
    const refuse = (count: number, namespace: string) => {
      for (let i = 0; i < count; i++)
        made.refused(aMirror(`m${i}`, inNamespace(namespace)), 'exceeded quota');
    };
    refuse(30, 'shop');
    assert.equal(news().length, 10);
    refuse(2, 'bank');
    assert.deepEqual(news(), ['ServiceMirror m0 WriteRefused', 'ServiceMirror m1 WriteRefused']);
    await clock.advance(10_000);
    refuse(30, 'shop');
    assert.equal(news().length, 1);
  });

  it('are told on fifty objects at once in all', () => {
    const { made, news } = telling();
    for (let i = 0; i < 100; i++) made.refused(aMirror('m', inNamespace(`n${i}`)), 'no');
    assert.equal(news().length, 50);
  });
});
