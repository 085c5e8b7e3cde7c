// Reads tap's TAP output (version 14, four spaces a subtest) line by line.

/**
 * @param print takes a line for a person: one for each file when it is done, and each failure with its diagnosis
 * @returns `line` to be called with each line, and `end` for the totals: tap's own, and the files that reported
 */
export function tapReader(print) {
  const files = new Set();
  let totals = { pass: 0, fail: 0, skip: 0, todo: 0 };
  let empty = 0;
  let file = newFile();
  let diagnosis = null;

  function result(line, [, spaces, not, title, note = '']) {
    const depth = spaces.length / 4;
    const inner = file.open.length > depth ? file.open.splice(depth) : [];
    const subtest = inner[0]?.title === title ? inner[0] : null;
    if (subtest === null && depth > 0) file.count += 1;
    const isFailure = not !== undefined && !/^ # (SKIP|TODO)/i.test(note);
    if (isFailure) for (const outer of file.open) outer.failures += 1;
    // A subtest that failed for what is in it has been told already.
    if (isFailure && !(subtest?.failures > 0)) {
      const path = [...file.open.map((outer) => outer.title), title].join(' > ');
      file.failures.push(`not ok  ${path}`);
      diagnosis = file.failures;
    }
    if (depth === 0) fileDone(title, note, isFailure);
  }

  function fileDone(title, note, isFailure) {
    const name = title.replace(/^dist\//, '').replace(/\.js$/, '');
    files.add(name);
    const took_s = Number(/time=([\d.]+)ms/.exec(note)?.[1] ?? 0) / 1000;
    const isEmpty = note.includes('no tests found');
    if (isEmpty) empty += 1;
    const why = note.startsWith(' # SKIP') ? `  ${isEmpty ? 'no test in it' : note.slice(3)}` : '';
    const word = isFailure || isEmpty ? 'not ok' : 'ok    ';
    print(`${word} ${String(file.count).padStart(5)}  ${took_s.toFixed(1).padStart(6)} s  ${name}.ts${why}`);
    for (const told of file.failures) print(told);
    // What follows at the top level belongs to this file: how its process ended, under which command is no news.
    diagnosis = isFailure ? { push: (line) => /^ *(exitCode|signal|expired):/.test(line) && print(line) } : null;
    file = newFile();
  }

  return {
    line(line) {
      const subtest = /^((?: {4})*)# Subtest: (.*)$/.exec(line);
      const outcome = /^((?: {4})*)(not )?ok \d+ - (.*?)( # (?:time=|SKIP|TODO).*)?$/i.exec(line);
      const summary = /^# (\{ total: .* \})$/.exec(line);
      if (subtest !== null) {
        diagnosis = null;
        file.open.splice(subtest[1].length / 4);
        file.open.push({ title: subtest[2], failures: 0 });
      } else if (outcome !== null) {
        diagnosis = null;
        result(line, outcome);
      } else if (summary !== null) {
        totals = { ...totals, ...countsOf(summary[1]) };
      } else if (diagnosis !== null && line.trim() !== '') {
        if (!/^ *(---|\.\.\.|source: "")$/.test(line)) diagnosis.push(`  ${line}`);
        if (/^\s+\.\.\.$/.test(line)) diagnosis = null;
      }
    },
    end: () => ({ ...totals, fail: totals.fail + empty, files }),
  };
}

function newFile() {
  return { count: 0, open: [], failures: [] };
}

function countsOf(text) {
  return Object.fromEntries([...text.matchAll(/(\w+): (\d+)/g)].map(([, key, number]) => [key, Number(number)]));
}
