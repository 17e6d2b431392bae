import { renameSync, writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { catalogPath } from '../../../src/protocol/catalog.js';

/** What a bare reader of a catalog is given, as its argument. */
export interface ReaderPlan {
  readonly address: string;
  readonly port: number;
  readonly servername: string;
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
  /** Streams at the same time. */
  readonly streams: number;
  /** Where it writes what it has seen so far. */
  readonly file: string;
}

/** What it has seen so far, over all streams. */
export interface Read {
  readonly bytes: number;
  readonly services: number;
  /** Streams that have been told all once. */
  readonly whole: number;
  /** Milliseconds from its start until the last of them was. */
  readonly wholeAfter: number;
}

// A bare reader: it receives catalogs, counts lines, and does nothing with them.
const plan = JSON.parse(process.argv[2] ?? '') as ReaderPlan;
const { address, port, servername, cert, key, ca } = plan;
const began = performance.now();
let [bytes, services, whole, wholeAfter] = [0, 0, 0, 0];
const isService = Buffer.from('{"kind":"service"');
const isVersion = Buffer.from('{"kind":"at"');

function read(): void {
  let isTold = false;
  const socket = connect({ host: address, port, servername, cert, key, ca });
  socket.on('data', (data: Buffer) => {
    bytes += data.length;
    for (let at = data.indexOf(isService); at >= 0; at = data.indexOf(isService, at + 1)) services++;
    if (isTold || !data.includes(isVersion)) return;
    isTold = true;
    whole++;
    wholeAfter = performance.now() - began;
  });
  socket.on('error', () => {});
  // a gateway that does not know its catalog yet is asked again
  socket.on('close', () => setTimeout(read, 500));
  socket.write(`GET ${catalogPath} HTTP/1.1\r\nHost: gateway\r\n\r\n`);
}

for (let n = 0; n < plan.streams; n++) read();
setInterval(() => {
  const so: Read = { bytes, services, whole, wholeAfter };
  writeFileSync(`${plan.file}.new`, JSON.stringify(so));
  renameSync(`${plan.file}.new`, plan.file);
}, 200);
