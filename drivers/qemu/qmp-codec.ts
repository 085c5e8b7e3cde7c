/** One line of QMP as QEMU sends it. @see QEMU, docs/interop/qmp-spec.txt, sections 2.2 to 2.5 */
export type QmpMessage =
  | { readonly kind: 'greeting'; readonly version: string }
  | { readonly kind: 'return'; readonly id: number; readonly value: unknown }
  /** `id` is null where QEMU could not even read the command. */
  | { readonly kind: 'error'; readonly id: number | null; readonly class: string; readonly description: string }
  | { readonly kind: 'event'; readonly name: string; readonly data: Readonly<Record<string, unknown>> }
  | { readonly kind: 'garbage'; readonly text: string };

/** Longer than any answer that we ask for; beyond it the sender isn't QEMU. */
const LONGEST_LINE_BYTES = 1024 * 1024;
const NEWLINE = 0x0a;
const EXCERPT_LENGTH = 80;

/** Takes bytes as they come, in any portions, and gives whole messages. */
export function qmpReader(): (bytes: Buffer) => readonly QmpMessage[] {
  let rest: Buffer = Buffer.alloc(0);
  return (bytes) => {
    rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
    const messages: QmpMessage[] = [];
    for (let end = rest.indexOf(NEWLINE); end !== -1; end = rest.indexOf(NEWLINE)) {
      const line = rest.subarray(0, end).toString('utf8').trim();
      rest = rest.subarray(end + 1);
      if (line !== '') messages.push(parseQmp(line));
    }
    if (rest.length > LONGEST_LINE_BYTES) {
      messages.push(garbage(rest.subarray(0, EXCERPT_LENGTH).toString('utf8')));
      rest = Buffer.alloc(0);
    }
    return messages;
  };
}

export function parseQmp(line: string): QmpMessage {
  const value = parseJson(line);
  if (!isRecord(value)) return garbage(line);
  const { id, event, error, data } = value;
  if (isRecord(value['QMP'])) return { kind: 'greeting', version: versionOf(value['QMP']) };
  if (typeof event === 'string') return { kind: 'event', name: event, data: isRecord(data) ? data : {} };
  if ('return' in value && typeof id === 'number') return { kind: 'return', id, value: value['return'] };
  if (!isRecord(error)) return garbage(line);
  return {
    kind: 'error',
    id: typeof id === 'number' ? id : null,
    class: String(error['class']),
    description: String(error['desc']),
  };
}

export function qmpCommand(id: number, command: string, parameters?: Readonly<Record<string, unknown>>): string {
  return `${JSON.stringify({ execute: command, ...(parameters && { arguments: parameters }), id })}\r\n`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function versionOf(greeting: Readonly<Record<string, unknown>>): string {
  const version = isRecord(greeting['version']) ? greeting['version'] : {};
  const { major, minor, micro } = isRecord(version['qemu']) ? version['qemu'] : {};
  return [major, minor, micro].map(String).join('.');
}

function garbage(text: string): QmpMessage {
  return { kind: 'garbage', text: text.slice(0, EXCERPT_LENGTH) };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
