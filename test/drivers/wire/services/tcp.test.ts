import t from 'tap';
import { CLIENT, listenTo, pattern, SERVER, TcpLab } from './tcp-lab.js';
import { encodePlain } from './tcp-segment.js';

const MINUTE_MS = 60_000;

void t.test('tcp: the client ends first -> the server still sends all it has, then both are closed', async (t) => {
  const lab = new TcpLab(1);
  const { peer, stream, told } = lab.open();
  peer.write(Buffer.from('GET'));
  peer.end();
  lab.clock.run(lab.clock.now() + 100);
  t.same([Buffer.concat(told.data).toString(), told.ends, told.closes], ['GET', 1, 0]);
  const answer = pattern(300_000, 9);
  stream.write(answer);
  stream.end();
  lab.clock.run(lab.clock.now() + 1000);
  t.ok(peer.received.equals(answer));
  t.same([peer.hasSeenEnd, told.ends, told.closes], [true, 1, 1]);
});

void t.test(
  'tcp: the server ends first -> it still hears the client out, and a second SYN after that is a new connection',
  async (t) => {
    const lab = new TcpLab(2);
    const { peer, stream, told } = lab.open();
    stream.end();
    lab.clock.run(lab.clock.now() + 100);
    t.ok(peer.hasSeenEnd);
    peer.write(pattern(100_000, 4));
    peer.end();
    lab.clock.run(lab.clock.now() + 100);
    t.ok(Buffer.concat(told.data).equals(pattern(100_000, 4)));
    t.same([told.ends, told.closes], [1, 1]);
    const again = lab.peer(1024, { initialSequence: 900_000 });
    again.connect();
    lab.clock.run(lab.clock.now() + 100);
    t.equal(again.state, 'open');
  },
);

void t.test(
  'tcp: the reader stops -> sending stops at its window; it reads again and the update is lost -> a probe finds out',
  async (t) => {
    const lab = new TcpLab(3);
    const { peer, stream, told } = lab.open({ capacity_bytes: 20_000 });
    peer.isReading = false;
    const answer = pattern(700_000, 6);
    t.equal(stream.write(answer), false, 'over the mark');
    lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
    t.ok(lab.sent < 60, `a shut window is probed ever more seldom: ${lab.sent} segments in ten minutes`);
    t.equal(told.closes, 0);
    lab.isLost = (_segment, from) => from === 'client';
    peer.isReading = true;
    peer.read();
    lab.isLost = () => false;
    lab.clock.run(lab.clock.now() + 2 * MINUTE_MS);
    t.ok(peer.received.equals(answer));
    t.equal(told.drains, 1);
  },
);

void t.test(
  'tcp: the application pauses -> a mebibyte waits and the client is held back; it resumes -> all arrives',
  async (t) => {
    const lab = new TcpLab(4);
    const { peer, stream, told } = lab.open();
    stream.pause();
    const upload = pattern(1_500_000, 8);
    peer.write(upload);
    lab.clock.run(lab.clock.now() + 100);
    t.equal(told.data.length, 0);
    t.equal(peer.heard.at(-1)?.window, 0, 'the window is shut');
    t.notOk(peer.isHeard);
    // The window is told in steps of 2^5 bytes; 1001 is where the client's stream starts.
    const edges = peer.heard.slice(1).map((heard) => heard.acknowledgment - 1001 + heard.window * 32);
    t.ok(Math.max(...edges) <= 1024 * 1024, 'no more is promised than there is room for');
    stream.resume();
    lab.clock.run(lab.clock.now() + 50);
    t.ok(Buffer.concat(told.data).equals(upload), 'the client is told at once, and need not probe');
  },
);

void t.test('tcp: a reset with the exact number closes; one that is only within the window does not', async (t) => {
  const lab = new TcpLab(5);
  const { peer, told } = lab.open();
  peer.reset(5);
  lab.clock.run(lab.clock.now() + 10);
  t.equal(told.closes, 0);
  t.equal(peer.heard.at(-1)?.flags, 'A', 'it is asked whether that was meant');
  peer.reset();
  lab.clock.run(lab.clock.now() + 10);
  t.equal(told.closes, 1);
  t.equal(told.ends, 0);
});

void t.test(
  'tcp: a node that lost its power comes back with the same port -> the dead connection gives way',
  async (t) => {
    const lab = new TcpLab(6);
    const { told } = lab.open({ initialSequence: 5000 });
    const again = lab.peer(1024, { initialSequence: 77_000_000 });
    again.connect();
    lab.clock.run(lab.clock.now() + 10);
    const [challenge] = again.heard;
    t.equal(challenge?.flags, 'A', 'the dead connection answers with where it is');
    // What a real client does with an acknowledgment that it can't place.
    again.raw('R', (challenge?.acknowledgment ?? 0) - 77_000_000 - 1, Buffer.alloc(0));
    lab.clock.run(lab.clock.now() + 1000);
    t.equal(told.closes, 1);
    t.equal(again.state, 'open');
  },
);

void t.test('tcp: nobody listens -> a reset that the client believes', async (t) => {
  const lab = new TcpLab(7);
  const peer = lab.peer(1024, { serverPort: 81 });
  peer.connect();
  lab.clock.run(10);
  t.equal(peer.state, 'reset');
  t.equal(peer.heard[0]?.acknowledgment, 1001);
});

void t.test(
  'tcp: a flood of SYNs -> what is kept stays bounded, and an honest client still gets through',
  async (t) => {
    const lab = new TcpLab(8);
    lab.tcp.listen(3260, (stream) => void listenTo(stream));
    for (let port = 2000; port < 12_000; port += 1) {
      const syn = { sourcePort: port, destinationPort: 3260, sequence: port, acknowledgment: 0, flags: 'S' };
      const bytes = encodePlain({ ...syn, window: 1000, options: [], payload: Buffer.alloc(0) }, [CLIENT, SERVER]);
      lab.tcp.receive(CLIENT, bytes);
    }
    t.equal(lab.sent, 10_000);
    const peer = lab.peer(1024);
    peer.connect();
    lab.clock.run(500);
    t.equal(peer.state, 'open');
    lab.sent = 0;
    lab.clock.run(5 * MINUTE_MS);
    t.ok(lab.sent <= 128 * 5, `only the half-open ones that were kept ask again: ${lab.sent}`);
  },
);

void t.test('tcp: one frame of many is lost -> it goes again at once, not after a timeout', async (t) => {
  const lab = new TcpLab(9);
  const { peer, stream } = lab.open();
  let frames = 0;
  lab.isLost = (segment, from) => from === 'server' && segment.length > 1000 && (frames += 1) % 40 === 3;
  const answer = pattern(1_000_000, 2);
  const from = lab.clock.now();
  stream.write(answer);
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 200, `took ${lab.clock.now() - from} ms, less than the shortest timeout`);
});

void t.test(
  'tcp: the first frame after a long silence is lost -> it goes again within the shortest timeout',
  async (t) => {
    const lab = new TcpLab(9);
    const { peer, stream } = lab.open();
    lab.clock.run(lab.clock.now() + 5 * MINUTE_MS);
    let frames = 0;
    lab.isLost = (_segment, from) => from === 'server' && (frames += 1) === 1;
    const from = lab.clock.now();
    stream.write(Buffer.from('answer'));
    lab.clock.run(from + MINUTE_MS, () => peer.received.length > 0);
    t.equal(peer.received.toString(), 'answer');
    t.ok(lab.clock.now() - from < 250, `took ${lab.clock.now() - from} ms`);
  },
);

void t.test(
  'tcp: a long way and a small window, nothing lost -> nothing is sent twice, however long it takes',
  async (t) => {
    const lab = new TcpLab(9);
    lab.delay_ms = 20;
    const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
    const answer = pattern(1_000_000, 2);
    stream.write(answer);
    lab.clock.run(lab.clock.now() + MINUTE_MS);
    t.ok(peer.received.equals(answer));
    t.equal(
      peer.heard.reduce((sum, heard) => sum + heard.payload.length, 0),
      answer.length,
    );
  },
);

void t.test('tcp: a link that brings the answer before it returns -> both sides still get all, in order', async (t) => {
  const lab = new TcpLab(9);
  lab.isImmediate = true;
  const { peer, stream, told } = lab.open();
  stream.onData(() => void stream.write(pattern(50_000, 1)));
  peer.write(pattern(1000, 2));
  stream.write(pattern(500_000, 3));
  stream.end();
  lab.clock.run(lab.clock.now() + MINUTE_MS);
  t.ok(Buffer.concat(told.data).equals(pattern(1000, 2)));
  t.ok(peer.received.equals(Buffer.concat([pattern(50_000, 1), pattern(500_000, 3)])));
  t.ok(peer.hasSeenEnd);
});

void t.test('tcp: a receive ring that holds 48 frames -> a mebibyte arrives without a run of timeouts', async (t) => {
  const lab = new TcpLab(10);
  const { peer, stream } = lab.open({ capacity_bytes: 512 * 1024 });
  let ring = 0;
  lab.isLost = (segment, from) => {
    if (from === 'client' || segment.length < 100) return false;
    if (ring >= 48) return true;
    ring += 1;
    // A slow guest takes a frame every 20 microseconds.
    lab.clock.setTimer(ring * 0.02, () => void (ring -= 1));
    return false;
  };
  const answer = pattern(1024 * 1024, 3);
  const from = lab.clock.now();
  stream.write(answer);
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 500, `took ${lab.clock.now() - from} ms`);
});

void t.test('tcp: the wire is cut for good -> the connection is given up, and nothing is left ticking', async (t) => {
  const lab = new TcpLab(11);
  const { stream, told } = lab.open();
  lab.isLost = () => true;
  stream.write(pattern(10_000, 1));
  lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
  t.equal(told.closes, 1);
  t.equal(stream.write(Buffer.from('late')), false);
  lab.sent = 0;
  lab.clock.run(lab.clock.now() + 60 * MINUTE_MS);
  t.equal(lab.sent, 0);
});

void t.test('tcp: an idle node falls silent for good -> found out by asking, within half an hour', async (t) => {
  const lab = new TcpLab(12);
  const { told } = lab.open();
  lab.clock.run(lab.clock.now() + 60 * MINUTE_MS);
  t.equal(told.closes, 0, 'one that answers is kept');
  lab.isLost = () => true;
  lab.clock.run(lab.clock.now() + 30 * MINUTE_MS);
  t.equal(told.closes, 1);
});

void t.test(
  'tcp: a request answered within the same call -> one segment carries answer and acknowledgment',
  async (t) => {
    const lab = new TcpLab(13);
    const { peer, stream } = lab.open();
    stream.onData(() => {
      stream.write(Buffer.from('header'));
      stream.write(Buffer.from('body'));
    });
    lab.sent = 0;
    peer.write(Buffer.from('request'));
    lab.clock.run(lab.clock.now() + 100);
    t.equal(lab.sent, 1);
    t.equal(peer.received.toString(), 'headerbody');
  },
);

void t.test('tcp: the reader reads again after minutes and frames are lost just then -> no long wait', async (t) => {
  const lab = new TcpLab(3);
  const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
  peer.isReading = false;
  const answer = pattern(100_000, 6);
  stream.write(answer);
  lab.clock.run(lab.clock.now() + 10 * MINUTE_MS);
  const from = lab.clock.now();
  lab.isLost = (_segment, sender) => sender === 'server' && lab.clock.now() < from + 5;
  peer.isReading = true;
  peer.read();
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === answer.length);
  t.ok(peer.received.equals(answer));
  t.ok(lab.clock.now() - from < 2000, `took ${lab.clock.now() - from} ms`);
});

void t.test('tcp: the reader reads again and says so -> the rest follows at once, without a hole', async (t) => {
  const lab = new TcpLab(3);
  const { peer, stream } = lab.open({ capacity_bytes: 20_000 });
  peer.isReading = false;
  stream.write(pattern(39_000, 6));
  // Long enough for probes, none of which finds room.
  lab.clock.run(lab.clock.now() + MINUTE_MS);
  const from = lab.clock.now();
  peer.isReading = true;
  peer.read();
  lab.clock.run(from + MINUTE_MS, () => peer.received.length === 39_000);
  t.ok(lab.clock.now() - from < 100, `took ${lab.clock.now() - from} ms`);
});
