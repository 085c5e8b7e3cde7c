import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { command, metalrig, ROOT, scratchOf } from '../run-metalrig.js';

t.setTimeout(180_000);
const BENCH = readFileSync(join(ROOT, 'scenarios', 'sites', 'bench.site.yaml'), 'utf8');
const ROOT1 = /^ {2}root1:[^]*?(?=^\S|^ {2}\S|(?![^]))/m.exec(BENCH)?.[0] ?? '';

/** A directory with a site of four nodes in it. */
function room(t: { teardown(fn: () => void): void }): string {
  const directory = scratchOf(t);
  const others = ['root2', 'root3', 'root4'].map((name, index) =>
    ROOT1.replace('root1', name)
      .replace(/00:11/, `00:1${index + 2}`)
      .replace(/0\.11/, `0.1${index + 2}`),
  );
  writeFileSync(join(directory, 'rack.site.yaml'), BENCH.replace(ROOT1, `${ROOT1.trimEnd()}\n${others.join('')}`));
  return directory;
}

const adding = ['reserve', 'add', '--site', 'rack.site.yaml', '--zone', 'Europe/Berlin'];
const add = (cwd: string, ...words: readonly string[]) => command([...adding, ...words], { cwd });
const wanted = (project: string, nodes: string, from = '2031-05-05T10:00') => [
  '--project',
  project,
  '--nodes',
  nodes,
  '--from',
  from,
  '--for',
  '2h',
  '--image',
  'lucid',
];

void t.test('reserve: add, list, show, extend, cancel -> the schedule as each says it', async (t) => {
  const cwd = room(t);
  const added = await add(cwd, ...wanted('physics', 'root1,root2'), '--json');
  t.equal(added.code, 0, added.err);
  t.match(added.lines, [
    {
      type: 'reservation',
      reservation: 'r1',
      state: 'granted',
      from: '2031-05-05T10:00+02:00',
      to: '2031-05-05T12:00+02:00',
      nodes: ['root1', 'root2'],
    },
  ]);
  const extended = await command(['reserve', 'extend', 'r1', '--for', '1h', '--json'], { cwd });
  t.match(extended.lines.at(-1), { reservation: 'r1', sequence: 1 });
  const then = ['reserve', 'list', '--at', '2031-05-05T12:30', '--zone', 'Europe/Berlin'];
  const listed = await metalrig(then, { cwd });
  t.match(listed.out, /^r1 +active +2031-05-05 10:00 +13:00 +physics: lucid +root1 root2$/m);
  t.match(listed.out, /^times in Europe\/Berlin$/m);
  t.match((await command(['reserve', 'show', 'r1'], { cwd })).out, /^r1 granted$/m);
  t.equal((await command(['reserve', 'cancel', 'r1'], { cwd })).code, 0);
  t.equal((await command(['reserve', 'list'], { cwd })).out.split('\n')[0], 'no reservations');
  const all = await command(['reserve', 'list', '--all', '--json'], { cwd });
  t.match(all.lines, [
    { reservation: 'r1', state: 'cancelled', sequence: 2 },
    { type: 'result', reservations: 1 },
  ]);
});

void t.test(
  'reserve: a node that is taken -> exit 1, who holds it, until when, when it is free; unwritten',
  async (t) => {
    const cwd = room(t);
    await add(cwd, ...wanted('physics', 'root1,root2'));
    const refused = await add(cwd, ...wanted('biology', 'root2', '2031-05-05T11:00'));
    t.equal(refused.code, 1);
    t.match(refused.err, /RES-001 root2 is held by r1 of project physics until 2031-05-05T10:00Z/);
    t.match(refused.err, /free from 2031-05-05T12:00\+02:00/);
    t.equal(readdirSync(join(cwd, 'schedule')).length, 1);
    t.equal((await add(cwd, ...wanted('biology', 'root2', '2031-05-05T12:00'))).code, 0, 'one may follow the other');
  },
);

void t.test('reserve: all slots of a node are held -> exit 1; the plan says by whom', async (t) => {
  const cwd = scratchOf(t);
  const mesh = readFileSync(join(ROOT, 'scenarios', 'sites', 'mesh.site.yaml'), 'utf8');
  const withSlots = (slots: number) =>
    mesh.replace('slot: 7', 'slot: 1').replace(/^disk: \{/m, `disk: { slots: ${slots},`);
  writeFileSync(join(cwd, 'rack.site.yaml'), withSlots(2));
  const day = (number: number) => `2031-05-0${number}T10:00`;
  for (const [index, image] of ['a', 'b'].entries()) {
    const words = ['--project', 'p', '--nodes', 'mesh1', '--from', day(index + 1), '--for', '2h', '--image', image];
    t.equal((await add(cwd, ...words)).code, 0);
  }
  const third = await add(cwd, ...wanted('p', 'mesh1', day(3)));
  t.equal(third.code, 1);
  t.match(third.err, /RES-002 all 2 slots of mesh1 are held/);
  const plan = await command(['reserve', 'plan', '--site', 'rack.site.yaml', '--json'], { cwd });
  t.match(plan.lines[0], {
    node: 'mesh1',
    slots: [
      { slot: 1, image: 'a', held_by: ['r1'] },
      { slot: 2, image: 'b', held_by: ['r2'] },
    ],
  });
  const later = await command(['reserve', 'plan', '--at', '2031-06-01'], { cwd });
  t.match(later.out, /may be evicted/);
  writeFileSync(join(cwd, 'rack.site.yaml'), withSlots(3));
  const other = await add(cwd, ...wanted('p', 'mesh1', day(3)));
  t.equal(other.code, 2);
  t.match(other.err, /is for disks of 2 slots, and rack.site.yaml has 3/);
});

void t.test('reserve: what was typed wrong -> exit 2, the nearest word, no stack trace, nothing written', async (t) => {
  const cwd = room(t);
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [wanted('p', 'roto1'), /no node "roto1"; did you mean root1\?/],
    [[...wanted('p', 'root1'), '--zone', 'Europe/Berln'], /did you mean Europe\/Berlin\?/],
    [wanted('p', 'root1', '2031-03-30T02:30'), /does not exist in Europe\/Berlin/],
    [wanted('p', 'root1', 'tomorrow'), /write 2026-12-01T10:00/],
    [wanted('../p', 'root1'), /no project/],
    [[...wanted('p', 'root1'), '--image', '../x'], /no image/],
    [[...wanted('p', 'root1'), '--to', '2031-01-01'], /one of them/],
    [[...wanted('p', 'root1').slice(0, 6), '--to', '2031-01-01'], /ends before it begins/],
    [['--project', 'p'], /--nodes/],
  ];
  for (const [words, says] of wrong) {
    const { code, err } = await add(cwd, ...words);
    t.equal(code, 2, words.join(' '));
    t.match(err, says);
    t.notMatch(err, /\n\s+at /);
  }
  t.equal((await command(['reserve', 'ad'], { cwd })).code, 2);
  t.equal((await command(['reserve', 'show', 'r1'], { cwd })).code, 1);
  t.equal((await command(['reserve', 'add', '--site', 'none.yaml', ...wanted('p', 'a')], { cwd })).code, 2);
  t.notOk(readdirSync(cwd).includes('schedule'));
});

void t.test('reserve: a time that clocks show twice, one already over, a long list -> said, within 80', async (t) => {
  const cwd = room(t);
  const twice = await add(cwd, ...wanted('p', 'root1', '2031-10-26T02:30'));
  t.equal(twice.code, 0);
  t.match(twice.err, /comes twice in Europe\/Berlin: taken as 2031-10-26T02:30\+02:00/);
  const past = await add(cwd, ...wanted('p', 'root1', '2020-01-01T10:00'));
  t.equal(past.code, 1);
  t.match(past.err, /RES-005/);
  const project = 'a-project-with-a-name-that-goes-on-and-on-for-ever-and-a-day';
  await add(cwd, ...wanted(project, 'root1,root2,root3,root4'));
  for (const verb of [['list'], ['show', 'r2'], ['plan']]) {
    const { out } = await command(['reserve', ...verb], { cwd });
    t.ok(
      out.split('\n').every((line) => line.length <= 80),
      verb.join(' '),
    );
    t.notMatch(out, '\u001b');
  }
});

void t.test('reserve: twelve at once for the same node -> one is granted, the others are refused', async (t) => {
  const cwd = room(t);
  const ran = await Promise.all(
    Array.from({ length: 12 }, () => metalrig([...adding, ...wanted('p', 'root1')], { cwd })),
  );
  t.equal(ran.filter(({ code }) => code === 0).length, 1);
  t.ok(ran.every(({ code, err }) => code === 0 || (code === 1 && /RES-00[16] /.test(err))));
  const { lines } = await command(['reserve', 'list', '--json'], { cwd });
  t.match(lines.at(-1), { reservations: 1 });
});

const calendar = (...events: readonly (readonly string[])[]) =>
  [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:x',
    ...events.flatMap((lines) => ['BEGIN:VEVENT', ...lines, 'END:VEVENT']),
    'END:VCALENDAR',
    '',
  ].join('\r\n');
const BERLIN = 'TZID=Europe/Berlin';
const lesson = [
  'UID:lesson@school',
  `DTSTART;${BERLIN}:20310505T100000`,
  `DTEND;${BERLIN}:20310505T120000`,
  'SUMMARY:physics: lucid',
  'LOCATION:root1\\, root2',
];
const dinner = ['UID:dinner@home', 'DTSTART:20310505T180000Z', 'DURATION:PT1H', 'SUMMARY:dinner', 'LOCATION:at home'];

void t.test('reserve: a calendar is imported, changed and called off -> the schedule follows it', async (t) => {
  const cwd = room(t);
  const take = (text: string) => {
    writeFileSync(join(cwd, 'a.ics'), text);
    return command(['reserve', 'import', 'a.ics', '--site', 'rack.site.yaml', '--window', '500w', '--json'], { cwd });
  };
  const first = await take(calendar(lesson, dinner));
  t.equal(first.code, 0, first.err);
  t.match(first.lines, [
    { outcome: 'added', reservation: 'r1' },
    { type: 'result', added: 1, others: 1 },
  ]);
  t.match((await take(calendar(lesson))).lines.at(-1), { unchanged: 1, added: 0 });
  const later = lesson.map((line) => line.replace('T100000', 'T110000'));
  t.match((await take(calendar([...later, 'SEQUENCE:1']))).lines[0], { outcome: 'changed', reservation: 'r1' });
  t.match((await take(calendar(lesson))).lines[0], { outcome: 'older' });
  const other = ['UID:2', 'DTSTART:20310505T090000Z', 'DURATION:PT2H', 'SUMMARY:chemistry', 'LOCATION:root2'];
  const refused = await take(calendar(other));
  t.equal(refused.code, 1);
  t.match(refused.lines[0], { outcome: 'refused', fault: { code: 'RES-001', holder: 'r1' } });
  const off = await take(calendar([...later, 'SEQUENCE:2', 'STATUS:CANCELLED'], other));
  t.match(off.lines, [{ outcome: 'cancelled' }, { outcome: 'added', reservation: 'r2' }, { cancelled: 1, added: 1 }]);
});

void t.test('reserve: a repeated event -> a reservation for each date; one left out later is called off', async (t) => {
  const cwd = room(t);
  const take = (...more: readonly string[]) => {
    writeFileSync(join(cwd, 'a.ics'), calendar([...lesson, 'RRULE:FREQ=WEEKLY;COUNT=3', ...more]));
    return command(['reserve', 'import', 'a.ics', '--site', 'rack.site.yaml', '--window', '500w', '--json'], { cwd });
  };
  t.match((await take()).lines.at(-1), { added: 3 });
  t.match((await take('SEQUENCE:1', `EXDATE;${BERLIN}:20310512T100000`)).lines, [
    { outcome: 'cancelled', reservation: 'r2', line: null },
    { outcome: 'unchanged' },
    { outcome: 'unchanged' },
    { cancelled: 1, unchanged: 2 },
  ]);
});

void t.test(
  'reserve: exported and imported again -> nothing changes; elsewhere -> the same reservations',
  async (t) => {
    const cwd = room(t);
    await add(cwd, ...wanted('physics', 'root1,root2'));
    await add(cwd, ...wanted('biology', 'root3'));
    await command(['reserve', 'cancel', 'r2'], { cwd });
    const exported = await command(['reserve', 'export', '--out', 'out.ics', '--json'], { cwd });
    t.match(exported.lines, [{ type: 'calendar', events: 2, file: 'out.ics' }]);
    const text = readFileSync(join(cwd, 'out.ics'), 'utf8');
    t.match(text, /^STATUS:CANCELLED\r$/m);
    t.match(text, /^LOCATION:root1\\, root2\r$/m);
    t.match((await command(['reserve', 'export', 'r2'], { cwd })).out, /^METHOD:CANCEL\r$/m);
    t.equal((await command(['reserve', 'export'], { cwd })).out, text);
    const take = (...words: readonly string[]) =>
      command(['reserve', 'import', 'out.ics', '--site', 'rack.site.yaml', '--json', ...words], { cwd });
    t.match((await take()).lines.at(-1), { unchanged: 1, added: 0, changed: 0 });
    t.match((await take('--schedule', 'elsewhere')).lines.at(-1), { added: 1 });
    const again = await command(['reserve', 'export', '--schedule', 'elsewhere'], { cwd });
    const uidOf = (calendarText: string) => /^UID:.*(\r\n .*)*/m.exec(calendarText)?.[0];
    t.equal(uidOf(again.out), uidOf(text), 'an event keeps its name');
  },
);

void t.test('reserve: a calendar with faults -> exit 2, every one with its line, nothing written', async (t) => {
  const cwd = room(t);
  const strange = lesson.map((line) => line.replace('root2', 'roto2').replace('lesson', 'other'));
  writeFileSync(join(cwd, 'a.ics'), calendar(lesson, strange, ['UID:x', 'DTSTART:20319901']));
  const { code, err } = await command(['reserve', 'import', 'a.ics', '--site', 'rack.site.yaml'], { cwd });
  t.equal(code, 2);
  t.match(err, /CAL-001 a.ics:11: .* no node "roto2"; did you mean root2\?/);
  t.match(err, /CAL-001 a.ics:20: "20319901" is no time/);
  t.notMatch(err, /\n\s+at /);
  t.notOk(readdirSync(cwd).includes('schedule'));
  t.equal((await command(['reserve', 'import', 'none.ics', '--site', 'rack.site.yaml'], { cwd })).code, 2);
  t.equal((await command(['reserve', 'import', 'a.ics'], { cwd })).code, 2);
  t.equal((await command(['reserve', 'export', '--out', 'no/where.ics'], { cwd })).code, 1);
});
