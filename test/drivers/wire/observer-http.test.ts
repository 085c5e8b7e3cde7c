import fc from 'fast-check';
import t from 'tap';
import type { Observation } from '../../../core/evidence.js';
import { nodeId } from '../../../core/ids.js';
import { TCP_FLAG } from '../../../drivers/wire/frames/tcp.js';
import { makeBootObserver } from '../../../drivers/wire/observer/boot-observer.js';
import { dhcp, IPXE, NODE, tcp } from './observer-frames.js';

/** Sequence numbers run over their end on the way. */
const FROM = { node: 0xfffffff0, target: 0xfffffff8 } as const;
const ASKED = 'GET /boot/mesh1.ipxe HTTP/1.1\r\nUser-Agent: iPXE/1.0.0\r\nHost: 10.99.0.1\r\n\r\n';
const FOUND = 'HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n#!ipxe\n\n';
const MISSING = 'HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n';
const SEEN = 'reached ipxe.script: HTTP GET /boot/mesh1.ipxe';
const TOLD = 'trouble BOOT-010: the script "/boot/mesh1.ipxe" is not on the HTTP server';

function observing() {
  const lines: string[] = [];
  const observe = (seen: Observation): void => {
    const stage = seen.kind === 'reached' ? seen.stage : (seen.fault?.code ?? '');
    lines.push(`${seen.kind} ${stage}: ${seen.what}`);
  };
  const observer = makeBootObserver({ nodes: new Map([[NODE, nodeId('mesh1')]]), observe });
  return (frames: readonly Buffer[], isLost = false): readonly string[] => {
    for (const bytes of frames) observer.take({ port: 'mesh1', bytes, at: 0, isLost });
    return lines.splice(0);
  };
}

function opened(port: number): readonly Buffer[] {
  return [
    tcp({ from: 'node', service: 80, port, sequence: FROM.node, flags: TCP_FLAG.syn }),
    tcp({ from: 'target', service: 80, port, sequence: FROM.target, flags: TCP_FLAG.syn | TCP_FLAG.ack }),
  ];
}

/** What one side says after the handshake, in segments cut at `cuts`. */
function said(from: 'node' | 'target', text: string, { port = 1024, cuts = [] as readonly number[] } = {}) {
  const bounds = [0, ...cuts.filter((cut) => cut < text.length), text.length];
  return bounds.slice(1).map((end, index) => {
    const at = bounds[index] ?? 0;
    const payload = Buffer.from(text.slice(at, end));
    return tcp({ from, service: 80, port, sequence: FROM[from] + 1 + at, payload });
  });
}

void t.test('observer: iPXE asks for its script and gets it -> ipxe.script, once', async (t) => {
  const see = observing();
  t.same(see([...opened(1024), ...said('node', ASKED)]), [SEEN]);
  t.same(see(said('node', ASKED)), [], 'a segment sent again');
  t.same(see(said('target', FOUND)), []);
  t.same(see([...opened(1025), ...said('node', ASKED, { port: 1025 })]), [], 'asked again in the same boot');
});

void t.test('observer: the script is not there -> BOOT-010 besides', async (t) => {
  const see = observing();
  t.same(see([...opened(1024), ...said('node', ASKED), ...said('target', MISSING)]), [SEEN, TOLD]);
});

void t.test('observer: for every way that segments are cut and come, the same evidence', async (t) => {
  const cuts = fc
    .uniqueArray(fc.integer({ min: 1, max: 60 }), { maxLength: 6 })
    .map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(cuts, cuts, fc.infiniteStream(fc.nat()), (asked, answered, order) => {
      const shuffled = (frames: readonly Buffer[]): readonly Buffer[] => {
        const keys = new Map(frames.map((frame) => [frame, Number(order.next().value)] as const));
        return [...frames].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
      };
      const see = observing();
      const first = see([...opened(1024), ...shuffled(said('node', ASKED, { cuts: asked }))]);
      const second = see(shuffled(said('target', MISSING, { cuts: answered })));
      return first.join() === SEEN && second.join() === TOLD;
    }),
  );
  t.pass();
});

void t.test('observer: HTTP that is not about the script -> no evidence', async (t) => {
  const see = observing();
  for (const [index, text] of [
    'GET /boot/mesh2.ipxe HTTP/1.1\r\n\r\n',
    'GET /boot/mesh1.ipxe.old HTTP/1.1\r\n\r\n',
    'PUT /boot/mesh1.ipxe HTTP/1.1\r\n\r\n',
    `GET /${'x'.repeat(2_000)} HTTP/1.1\r\n\r\n`,
    '\r\n\r\n',
    '\0\u00ff',
  ].entries()) {
    const port = 2_000 + index;
    t.same(
      see([...opened(port), ...said('node', text, { port }), ...said('target', MISSING, { port })]),
      [],
      JSON.stringify(text),
    );
  }
  t.same(see(said('target', MISSING, { port: 9 })), [], 'an answer that nobody asked for');
});

void t.test('observer: an answer that is lost on its way to the node -> not told', async (t) => {
  const see = observing();
  t.same(see([...opened(1024), ...said('node', ASKED)]), [SEEN]);
  t.same(see(said('target', MISSING), true), []);
  t.same(see(said('target', MISSING)), [TOLD], 'sent again');
});

void t.test('observer: a hundred connections that say nothing -> the script is still seen', async (t) => {
  const see = observing();
  see(Array.from({ length: 100 }, (_, index) => opened(3_000 + index)).flat());
  t.same(see([...opened(1024), ...said('node', ASKED)]), [SEEN]);
});

void t.test('observer: the firmware asks for an address after the script -> a new boot', async (t) => {
  const see = observing();
  see([...opened(1024), ...said('node', ASKED)]);
  t.match(see([dhcp({ type: 'discover', ...IPXE })]), [/reached pxe\.dhcp/]);
  t.same(see([...opened(1025), ...said('node', ASKED, { port: 1025 })]), [SEEN]);
});
