import { getHeapSnapshot } from 'node:v8';

/** A text that this process still holds. */
export interface HeldText {
  readonly text: string;
  /** What holds it, from the roots of the heap on: the names of classes, fields and closures' variables. */
  readonly path: string;
}

interface Snapshot {
  readonly snapshot: {
    readonly meta: {
      readonly node_fields: readonly string[];
      readonly edge_fields: readonly string[];
      readonly edge_types: readonly [readonly string[], ...unknown[]];
    };
  };
  readonly nodes: readonly number[];
  readonly edges: readonly number[];
  readonly strings: readonly string[];
}

/** Where in a snapshot the numbers of a node and of an edge stand. */
interface Layout {
  readonly node: Readonly<Record<'size' | 'name' | 'edges', number>>;
  readonly edge: Readonly<Record<'size' | 'type' | 'name' | 'to', number>>;
}

/**
 * The texts of a kind in this process' memory after a full garbage collection, from a snapshot of V8's heap: whatever
 * holds them, nobody has to open up for the test. Buffers are no part of it.
 *
 * @param which asked when the memory was read, so that the answer is no part of it: whether a text is of that kind; a text is cut after 1,024 characters, and one that was put together may
 *   show as its parts
 */
export async function heldTexts(which: () => (text: string) => boolean): Promise<HeldText[]> {
  const heap = await takeSnapshot();
  const isMeant = which();
  const meant = new Set(heap.strings.flatMap((text, index) => (isMeant(text) ? [index] : [])));
  const { node } = layoutOf(heap);
  const found: number[] = [];
  // the name of a node that is a string is its text
  for (let at = 0; at < heap.nodes.length; at += node.size)
    if (meant.has(heap.nodes[at + node.name] ?? -1)) found.push(at);
  if (found.length === 0) return [];
  const pathTo = pathsOf(heap);
  return found.flatMap((at) => {
    const path = pathTo(at);
    return path === '' ? [] : [{ text: heap.strings[heap.nodes[at + node.name] ?? 0] ?? '', path }];
  });
}

async function takeSnapshot(): Promise<Snapshot> {
  const chunks: Buffer[] = [];
  for await (const chunk of getHeapSnapshot()) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Snapshot;
}

function layoutOf({ snapshot: { meta } }: Snapshot): Layout {
  const [nodes, edges] = [meta.node_fields, meta.edge_fields];
  return {
    node: { size: nodes.length, name: nodes.indexOf('name'), edges: nodes.indexOf('edge_count') },
    edge: {
      ...{ size: edges.length, type: edges.indexOf('type') },
      ...{ name: edges.indexOf('name_or_index'), to: edges.indexOf('to_node') },
    },
  };
}

/** Roots that hold a text for a moment, or as long as somebody else does. */
const passing = new Set(['(Internalized strings)', '(Stack roots)', '(Handle scope)']);

/** Finds a shortest path from the first node to each one; empty: there is none. */
function pathsOf(heap: Snapshot): (node: number) => string {
  const { node, edge } = layoutOf(heap);
  const [edgeTypes] = heap.snapshot.meta.edge_types;
  const isNamed = (type: number) => !['element', 'hidden'].includes(edgeTypes[type] ?? '');
  const weak = edgeTypes.indexOf('weak');
  const firstEdge = new Map<number, number>();
  for (let at = 0, next = 0; at < heap.nodes.length; at += node.size) {
    firstEdge.set(at, next);
    next += (heap.nodes[at + node.edges] ?? 0) * edge.size;
  }
  const cameBy = new Map<number, { readonly from: number; readonly edge: number }>([
    [0, { from: -1, edge: -1 }],
  ]);
  const line = [0];
  for (const from of line) {
    if (passing.has(heap.strings[heap.nodes[from + node.name] ?? 0] ?? '')) continue;
    const first = firstEdge.get(from) ?? 0;
    const end = first + (heap.nodes[from + node.edges] ?? 0) * edge.size;
    for (let at = first; at < end; at += edge.size) {
      const to = heap.edges[at + edge.to] ?? 0;
      if (heap.edges[at + edge.type] === weak || cameBy.has(to)) continue;
      cameBy.set(to, { from, edge: at });
      line.push(to);
    }
  }
  const labelOf = (at: number) => {
    const name = heap.edges[at + edge.name] ?? 0;
    return isNamed(heap.edges[at + edge.type] ?? 0) ? heap.strings[name] : `[${name}]`;
  };
  return (target) => {
    const steps: string[] = [];
    for (let at = cameBy.get(target); at !== undefined && at.from >= 0; at = cameBy.get(at.from))
      steps.unshift(
        `${heap.strings[heap.nodes[at.from + node.name] ?? 0]?.slice(0, 40)}.${labelOf(at.edge)}`,
      );
    return steps.slice(-12).join(' > ');
  };
}
