/** Where keys come from. */
export interface Keyboard {
  /** A terminal; its keys come one by one, Ctrl-C among them. */
  readonly isTerminal: boolean;
  close(): void;
}

/**
 * Listens to stdin, bytes as Latin-1 characters. A pipe that ends says nothing more, and that is all: what the node
 * says is listened to until somebody leaves.
 */
export function openKeyboard(onKeys: (text: string) => void): Keyboard {
  const { stdin } = process;
  const isTerminal = stdin.isTTY;
  if (isTerminal) stdin.setRawMode(true);
  const take = (bytes: Buffer): void => onKeys(bytes.toString('latin1'));
  stdin.on('data', take);
  return {
    isTerminal,
    close() {
      stdin.off('data', take);
      if (isTerminal) stdin.setRawMode(false);
      stdin.pause();
      // A pipe that stays open would keep us running; a file has nothing to let go of.
      if ('unref' in stdin && typeof stdin.unref === 'function') stdin.unref();
    },
  };
}
