// Reads what one tap test file prints (TAP version 14, four spaces a subtest) line by line.

/**
 * @param file   whose lines come from now on
 * @param before the totals that its process printed for the files before it
 * @returns `line` to be called with each line; `printed` for the totals so far; `end` with how the process ended (0: it
 *   goes on), for what a person reads (a line for the file, then each failure with its diagnosis) and how many
 *   assertions passed and failed
 */
export function tapReader({ file, before = {} }) {
  const started = performance.now();
  const failures = [];
  let open = [];
  let count = 0;
  let printed = null;
  let isInDiagnosis = false;

  function result([, spaces, not, title, note = '']) {
    const depth = spaces.length / 4;
    const inner = open.length > depth ? open.splice(depth) : [];
    const subtest = inner[0]?.title === title ? inner[0] : null;
    if (subtest === null) count += 1;
    const isFailure = not !== undefined && !/^ # (SKIP|TODO)/i.test(note);
    if (isFailure) for (const outer of open) outer.failures += 1;
    // A subtest that failed for what is in it has been told already.
    if (isFailure && !(subtest?.failures > 0)) {
      failures.push(`not ok  ${[...open.map((outer) => outer.title), title].join(' > ')}`);
      isInDiagnosis = true;
    }
  }

  return {
    line(line) {
      const subtest = /^((?: {4})*)# Subtest: (.*)$/.exec(line);
      const outcome = /^((?: {4})*)(not )?ok \d+ - (.*?)( # (?:time=|SKIP|TODO).*)?$/i.exec(line);
      const summary = /^# (\{ total: .* \})$/.exec(line);
      if (subtest !== null) {
        isInDiagnosis = false;
        open.splice(subtest[1].length / 4);
        open.push({ title: subtest[2], failures: 0 });
      } else if (outcome !== null) {
        isInDiagnosis = false;
        result(outcome);
      } else if (summary !== null) {
        printed = countsOf(summary[1]);
      } else if (isInDiagnosis && line.trim() !== '') {
        if (!/^ *(---|\.\.\.|source: "")$/.test(line)) failures.push(`  ${line}`);
        if (/^\s+\.\.\.$/.test(line)) isInDiagnosis = false;
      }
    },

    printed: () => printed ?? before,

    end(ended) {
      const took_s = (performance.now() - started) / 1000;
      const totals = printed === null ? null : lessBy(printed, before);
      const told = [...failures];
      if (totals === null && (ended !== 0 || count > 0)) told.push('it did not come to its end');
      else if (count === 0) told.push('no test in it');
      if (ended !== 0 && (ended !== 1 || told.length === 0)) told.push(`it ended with ${ended}`);
      const fail = Math.max(totals?.fail ?? 0, told.length > 0 ? 1 : 0);
      const word = fail > 0 ? 'not ok' : 'ok    ';
      const line = `${word} ${String(count).padStart(5)}  ${took_s.toFixed(1).padStart(6)} s  ${file}.ts`;
      return { lines: [line, ...told], totals: { ...totals, fail } };
    },
  };
}

function countsOf(text) {
  return Object.fromEntries([...text.matchAll(/(\w+): (\d+)/g)].map(([, key, number]) => [key, Number(number)]));
}

function lessBy(counts, before) {
  return Object.fromEntries(Object.entries(counts).map(([key, number]) => [key, number - (before[key] ?? 0)]));
}
