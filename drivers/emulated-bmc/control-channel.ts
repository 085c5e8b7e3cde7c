import { chmodSync, constants, openSync, writeFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { runProcess } from '../process/run.js';

/**
 * What `ipmi_sim` runs for each request to the chassis, and waits for, deaf to its network meanwhile: so it is a shell
 * that starts nothing, and two pipes. Its answer holds what is to be printed behind the exit code. An answer to one
 * that was killed is passed over.
 */
const CLIENT = `#!/bin/sh
directory=\${0%/*}
echo "$$ $*" >"$directory/ask" || exit 1
while read -r asker code text; do
  [ "$asker" = "$$" ] || continue
  [ -z "$text" ] || echo "$text"
  exit "$code"
done <"$directory/answer"
exit 1
`;

export interface ControlAnswer {
  readonly isDone: boolean;
  /** What it prints; one line. */
  readonly text?: string;
}

export interface ControlChannel {
  /** The command for `chassis_control`. */
  readonly command: string;
  close(): void;
}

/**
 * Opens the channel in a directory of its own, which only its owner may read.
 * @param ask words such as `get power` and `set boot pxe`; must not wait long, since the whole BMC waits with it
 */
export async function openControlChannel(
  directory: string,
  ask: (words: readonly string[]) => ControlAnswer,
): Promise<ControlChannel> {
  const client = join(directory, 'control');
  writeFileSync(client, CLIENT);
  chmodSync(client, 0o700);
  const paths = [join(directory, 'ask'), join(directory, 'answer')] as const;
  await runProcess({ argv: ['mkfifo', '-m', '600', ...paths] });
  // For both directions, so that neither opening waits for somebody nor an end is read whenever a client goes.
  const [asked, answered] = [openPipe(paths[0]), openPipe(paths[1])];
  const input = new Socket({ fd: asked, readable: true, writable: false });
  const output = new Socket({ fd: answered, readable: false, writable: true });
  let rest = '';
  input.on('data', (bytes: Buffer) => {
    const lines = `${rest}${bytes.toString('latin1')}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [asker = '', ...words] = line.split(' ');
      const { isDone, text = '' } = ask(words);
      output.write(`${asker} ${isDone ? 0 : 1} ${text}\n`);
    }
  });
  for (const socket of [input, output]) socket.on('error', () => socket.destroy());
  return {
    command: `/bin/sh ${client}`,
    close() {
      input.destroy();
      output.destroy();
    },
  };
}

function openPipe(path: string): number {
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}
