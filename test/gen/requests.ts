import type { Socket } from 'node:net';

/** First lines and headers of requests that nobody who means well sends, by what is odd about them. */
export const oddRequests: Readonly<Record<string, string>> = {
  'a target without a host': 'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with a bad port': 'GET //x:99999999 HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target with brackets': 'GET //[ HTTP/1.1\r\nHost: x\r\n\r\n',
  'a broken escape': 'GET /%ff%zz?%zz=%ff HTTP/1.1\r\nHost: x\r\n\r\n',
  'a star': 'OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n',
  'an absolute target': 'GET http://x HTTP/1.1\r\nHost: x\r\n\r\n',
  'an absolute target without a host': 'GET http:// HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target of another kind': 'GET x:y HTTP/1.1\r\nHost: x\r\n\r\n',
  'a NUL in the target': 'GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n',
  'no target': 'GET  HTTP/1.1\r\nHost: x\r\n\r\n',
  'a target of 8 kB': `GET /${'a'.repeat(8_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'a target of 100 kB': `GET /${'a'.repeat(100_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
  'a thousand headers': `GET / HTTP/1.1\r\nHost: x\r\n${'a: b\r\n'.repeat(1_000)}\r\n`,
  'a header __proto__': 'GET / HTTP/1.1\r\nHost: x\r\n__proto__: x\r\n\r\n',
  'a tunnel': 'CONNECT x:443 HTTP/1.1\r\nHost: x:443\r\n\r\n',
  'a method that does not exist': 'BREW / HTTP/1.1\r\nHost: x\r\n\r\n',
  'a method with a body': 'PROPFIND / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
  'an upgrade': 'GET / HTTP/1.1\r\nHost: x\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n',
  'an upgrade to HTTP/2':
    'GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: \r\n\r\n',
  'HTTP/2 with prior knowledge': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'an expectation': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n',
  'an unknown expectation': 'GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n',
  'a broken chunk': 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  'two lengths': 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
  'no host': 'GET / HTTP/1.1\r\n\r\n',
  'half a request': 'GET / HT',
  'no HTTP': '\x16\x03\x01\0\xff\r\n\r\n',
};

/** Sends a request, and gives what is answered until the other side ends or has answered whole. */
export async function send(socket: Socket, request: string): Promise<string> {
  socket.on('error', () => {});
  socket.write(request, 'latin1');
  let answer = '';
  // half a request is answered by nothing: its end is what the other side waits for
  if (!request.includes('\r\n\r\n')) socket.end();
  await new Promise<void>((resolve) => {
    socket.once('close', resolve);
    socket.once('end', resolve);
    socket.on('data', (chunk: Buffer) => {
      answer = (answer + chunk.toString('latin1')).replace('HTTP/1.1 100 Continue\r\n\r\n', '');
      const [, length] = /\r\ncontent-length: (\d+)\r\n/i.exec(answer) ?? [];
      const body = answer.indexOf('\r\n\r\n') + 4;
      if (body < 4) return;
      if (length === undefined ? answer.endsWith('0\r\n\r\n') : answer.length >= body + Number(length))
        resolve();
    });
  });
  socket.destroy();
  return answer;
}
