import type { Figure, Result, Spread, Target } from './figure.js';

/** Rows of at most 80 columns: the numbers, and under them in words what they are. */
export function tableLines(results: readonly Result[]): readonly string[] {
  const head = row(['figure', 'ours', '(min..max)', 'peer', 'ratio', 'target', 'met']);
  return [head, '-'.repeat(79), ...results.flatMap(rowsOf)];
}

function rowsOf(result: Result): readonly string[] {
  const { figure, ours, peer, ratio, isMet } = result;
  const cells = [
    figure.name,
    numberText(ours?.median ?? null),
    ours === null ? '' : `(${numberText(ours.min)}..${numberText(ours.max)})`,
    peer === null ? '-' : numberText(peer.median),
    ratio === null ? '-' : ratio.toFixed(2),
    targetText(figure.target),
    isMet === null ? '-' : isMet ? 'yes' : 'NO',
  ];
  return [
    row(cells),
    ...wrapped(wordsOf(figure, peer), 74),
    ...result.missing.flatMap((why) => wrapped(`! ${why}`, 74)),
  ];
}

function wordsOf({ measures, unit, peer: name }: Figure, peer: Spread | null): string {
  const beside =
    name === null ? '' : peer === null ? '' : `; peer: ${name}, (${numberText(peer.min)}..${numberText(peer.max)})`;
  return `${unit}, ${measures}${beside}`;
}

const WIDTHS = [19, 9, 18, 9, 6, 10, 3] as const;

function row(cells: readonly string[]): string {
  const padded = cells.map((cell, index) => {
    const width = WIDTHS[index] ?? 0;
    return index === 0 || index >= 5 ? cell.padEnd(width) : cell.padStart(width);
  });
  return padded.join(' ').trimEnd();
}

function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(`    ${line}`);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, `    ${line}`];
}

/** Three digits of small numbers, as no run repeats to more. */
export function numberText(value: number | null): string {
  if (value === null) return 'none';
  if (Math.abs(value) >= 100_000) return `${Math.round(value / 1_000)}k`;
  if (Math.abs(value) >= 1_000) return Math.round(value).toLocaleString('en-US');
  return Number(value.toPrecision(3)).toString();
}

export function targetText(target: Target): string {
  switch (target.kind) {
    case 'at least':
      return `>= ${numberText(target.value)}`;
    case 'at most':
      return `<= ${numberText(target.value)}`;
    case 'ratio at least':
      return `>= ${target.value}x`;
    case 'ratio at most':
      return `<= ${target.value}x`;
    case 'excess at most':
      return `<= +${target.value}`;
    case 'equal':
      return 'equal';
    case 'shown':
      return 'shown';
  }
}
