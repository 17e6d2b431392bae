import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  PortAllocator,
  decodeRecord,
  encodeRecord,
  quarantine,
  type PortClaim,
  type HeldPort,
  type PortRecord,
} from './ports.js';

const empty: PortRecord = { cursor: 100, used: new Set() };
const range = (first: number, last: number) => ({ first, last });
const small = { now: 0, ...range(100, 109) };

/** Claims as the operator does: what has to be on record is put there first. */
function claim(
  allocator: PortAllocator,
  owner: string,
  now: number,
  disk?: { record: PortRecord },
): number | 'none' {
  let outcome: PortClaim = allocator.claim(owner, now);
  if (outcome.kind === 'record') {
    if (disk !== undefined) disk.record = outcome.record;
    allocator.recorded(outcome.record, now);
    outcome = allocator.claim(owner, now);
  }
  assert.notEqual(outcome.kind, 'record', 'a record was written, and another is asked for');
  return outcome.kind === 'port' ? outcome.port : 'none';
}

const held = (owner: string, port: number, seniority = owner): HeldPort => ({ owner, port, seniority });

describe('PortAllocator', () => {
  it('gives nothing out before it is on record', () => {
    const allocator = new PortAllocator(empty, [], { now: 0 });
    const outcome = allocator.claim('a', 0);
    assert.equal(outcome.kind, 'record');
    assert.equal(outcome.kind === 'record' && outcome.record.used.size, 64);
  });

  it('gives out no port that another allocator has meanwhile, also if it is written ahead', () => {
    const elsewhere = new Set<number>();
    const isElsewhere = (port: number) => elsewhere.has(port);
    const allocator = new PortAllocator(empty, [], { ...small, isElsewhere });
    assert.equal(claim(allocator, 'a', 0), 100);
    elsewhere.add(101);
    assert.equal(claim(allocator, 'b', 0), 102);
  });

  it('gives what is written ahead without another record', () => {
    const allocator = new PortAllocator({ cursor: 10_000, used: new Set() }, [], { now: 0 });
    const first = claim(allocator, 'a', 0);
    assert.deepEqual(
      Array.from({ length: 63 }, (_, index) => allocator.claim(`b${index}`, 0).kind),
      Array.from({ length: 63 }, () => 'port'),
    );
    assert.equal(first, 10_000);
    assert.equal(allocator.claim('c', 0).kind, 'record');
  });

  it('gives an owner the port that it has', () => {
    const allocator = new PortAllocator(empty, [], small);
    assert.equal(claim(allocator, 'a', 0), claim(allocator, 'a', 5));
  });

  it('leaves ports with their holders over a restart', () => {
    const allocator = new PortAllocator({ cursor: 100, used: new Set([100, 101]) }, [held('a', 101)], small);
    assert.equal(claim(allocator, 'a', 0), 101);
    assert.deepEqual([...allocator.owners()], [['a', 101]]);
  });

  it('lets what was on record and has no holder rest after a restart', () => {
    const used = new Set([100, 101, 102, 103, 104]);
    const allocator = new PortAllocator({ cursor: 100, used }, [], small);
    const given = ['a', 'b', 'c', 'd', 'e'].map((owner) => claim(allocator, owner, quarantine - 1));
    assert.deepEqual(given, [105, 106, 107, 108, 109]);
    assert.equal(claim(allocator, 'f', quarantine - 1), 'none');
    assert.equal(claim(allocator, 'f', quarantine), 100);
  });

  it('keeps the port of the older of two that claim it, and gives the younger another', () => {
    const both = [held('young', 100, '2026-01-02'), held('old', 100, '2026-01-01')];
    for (const order of [both, both.toReversed()]) {
      const allocator = new PortAllocator({ cursor: 100, used: new Set([100]) }, order, small);
      assert.equal(claim(allocator, 'old', 0), 100);
      assert.notEqual(claim(allocator, 'young', 0), 100);
    }
  });

  it('passes over a held port outside of the range', () => {
    const allocator = new PortAllocator(empty, [held('a', 99), held('b', 110)], small);
    assert.deepEqual([...allocator.owners()], []);
  });

  it('passes over a used port outside of the range', () => {
    const allocator = new PortAllocator({ cursor: 100, used: new Set([8080]) }, [], small);
    const outcome = allocator.claim('a', 0);
    assert.equal(outcome.kind === 'record' && outcome.record.used.has(8080), false);
  });

  it('never gives out a held port that is missing from the record', () => {
    const allocator = new PortAllocator(empty, [held('a', 100)], small);
    assert.equal(claim(allocator, 'b', 0), 101);
  });

  it('lets a freed port rest for ten minutes', () => {
    const allocator = new PortAllocator(empty, [], { now: 0, ...range(100, 101) });
    assert.equal(claim(allocator, 'a', 0), 100);
    allocator.release('a', 1_000);
    assert.equal(claim(allocator, 'b', 1_000), 101);
    allocator.release('b', 2_000);
    assert.equal(claim(allocator, 'c', 999 + quarantine), 'none');
    assert.equal(claim(allocator, 'c', 1_000 + quarantine), 100);
  });

  it('lets a freed port rest even from its last owner', () => {
    const allocator = new PortAllocator(empty, [], small);
    assert.equal(claim(allocator, 'a', 0), 100);
    allocator.release('a', 0);
    assert.notEqual(claim(allocator, 'a', 0), 100);
  });

  it('ignores the release of what nobody holds', () => {
    const allocator = new PortAllocator(empty, [], small);
    allocator.release('nobody', 0);
    assert.equal(claim(allocator, 'a', 0), 100);
  });

  it('moves on, and begins again at the start of the range', () => {
    const allocator = new PortAllocator({ cursor: 108, used: new Set() }, [], small);
    assert.deepEqual(
      ['a', 'b', 'c'].map((owner) => claim(allocator, owner, 0)),
      [108, 109, 100],
    );
  });

  it('moves on rather than back to ports that have rested', () => {
    const allocator = new PortAllocator(empty, [], { now: 0, ...range(100, 299) });
    for (let index = 0; index < 64; index += 1) {
      claim(allocator, `o${index}`, 0);
      allocator.release(`o${index}`, 0);
    }
    assert.equal(claim(allocator, 'a', 2 * quarantine), 164);
  });

  it('begins at the start of the range when the cursor has left it', () => {
    for (const cursor of [0, 5, 99, 110]) {
      const allocator = new PortAllocator({ cursor, used: new Set() }, [], small);
      assert.equal(claim(allocator, 'a', 0), 100);
    }
  });

  it('is exhausted when four fifths of the range are held', () => {
    const allocator = new PortAllocator(empty, [], small);
    const given = Array.from({ length: 9 }, (_, index) => claim(allocator, `o${index}`, 0));
    assert.deepEqual(given, [100, 101, 102, 103, 104, 105, 106, 107, 'none']);
    allocator.release('o0', 0);
    assert.equal(claim(allocator, 'o8', 0), 108);
  });
});

describe('PortAllocator, whatever happens', () => {
  /** Mulberry32: the same seed gives the same story. */
  function random(seed: number): () => number {
    let state = seed;
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
      mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    };
  }

  /** Lives through claims, releases, restarts and crashes; asserts at each claim that the port has rested. */
  function live(seed: number): number {
    const next = random(seed);
    const pick = (below: number) => Math.floor(next() * below);
    const options = range(10_000, 10_000 + 40 + pick(200));
    const disk = { record: { cursor: 10_000, used: new Set<number>() } as PortRecord };
    /** What statuses say, the truth that survives a restart. */
    const statuses = new Map<string, number>();
    const lastUse = new Map<number, { owner: string; until: number }>();
    let now = 0;
    let allocator = new PortAllocator(disk.record, [], { now, ...options });
    let owners = 0;
    let claims = 0;

    const restart = () => {
      const holders = [...statuses].map(([owner, port]) => held(owner, port));
      const stored = decodeRecord(encodeRecord(disk.record));
      allocator = new PortAllocator(stored, holders, { now, ...options });
    };
    const leave = (owner: string) => {
      const port = statuses.get(owner);
      statuses.delete(owner);
      if (port !== undefined) lastUse.set(port, { owner, until: now });
    };

    for (let step = 0; step < 600; step += 1) {
      now += pick(60_000);
      const choice = next();
      if (choice < 0.5) {
        const owner = `o${owners++}`;
        const port = claim(allocator, owner, now, disk);
        if (port === 'none') continue;
        claims += 1;
        const before = lastUse.get(port);
        assert.ok(![...statuses.values()].includes(port), `seed ${seed}: port ${port} has two holders`);
        assert.ok(
          before === undefined || now - before.until >= quarantine,
          `seed ${seed}: port ${port} of ${before?.owner} rested ${now - (before?.until ?? 0)} ms only`,
        );
        // the process may die between the claim and the status: then the port was in use, and nobody says so
        if (next() < 0.1) {
          lastUse.set(port, { owner, until: now });
          restart();
        } else statuses.set(owner, port);
      } else if (choice < 0.9) {
        const gone = [...statuses.keys()][pick(statuses.size)];
        if (gone === undefined) continue;
        leave(gone);
        // deleted under a running operator, or while none runs
        if (next() < 0.8) allocator.release(gone, now);
        else restart();
      } else restart();
    }
    return claims;
  }

  it('gives no port to another owner within ten minutes', () => {
    let claims = 0;
    for (let seed = 1; seed <= 100; seed += 1) claims += live(seed);
    assert.ok(claims > 4_000, `only ${claims} ports were given out: the story is too short to tell anything`);
  });
});

describe('encodeRecord() and decodeRecord()', () => {
  it('carry the cursor and every port of the range', () => {
    const record = { cursor: 12_345, used: new Set([10_000, 10_007, 10_008, 29_999]) };
    assert.deepEqual(decodeRecord(encodeRecord(record)), record);
  });

  it('take 3.4 kB, however many ports are used', () => {
    assert.equal(encodeRecord({ cursor: 10_000, used: new Set() }).used?.length, 3_336);
  });

  const broken: Record<string, Record<string, string> | undefined> = {
    nothing: undefined,
    'no fields': {},
    'a cursor that is no number': { cursor: 'x', used: '' },
  };
  for (const [what, data] of Object.entries(broken)) {
    it(`take ${what} as an empty record`, () =>
      assert.deepEqual(decodeRecord(data), { cursor: 10_000, used: new Set() }));
  }
});
