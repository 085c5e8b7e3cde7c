import { StringDecoder } from 'node:string_decoder';
import { hear, NOTHING_HEARD, otherSide } from '../../core/console/governor.js';
import { remedy, says, type Fault } from '../../core/faults/fault.js';
import type { NodeId } from '../../core/ids.js';
import type { ConsolePiece } from '../../core/ports/console.js';
import type { Io } from '../cli/io.js';

/** What is shown of a console. */
export interface Screen {
  heard(piece: ConsolePiece): void;
  line(fault: Fault | null): void;
  say(text: string): void;
  fault(fault: Fault): void;
  report(left: 'left' | 'interrupted'): void;
}

/** The node's words go to stdout as they are, or as JSON; ours to stderr. */
export function screenOf(node: NodeId, isJson: boolean, io: Io): Screen {
  const decoder = new StringDecoder('utf8');
  let heard = NOTHING_HEARD;
  let heard_bytes = 0;
  let lastSide = '';
  const row = (facts: Readonly<Record<string, unknown>>): void => void (isJson && io.out(`${JSON.stringify(facts)}\n`));
  const say = (text: string): void => io.err(`\r\n[${node}: ${text}]\r\n`);
  const fault = (told: Fault): void => {
    if (isJson) row({ type: 'fault', ...told, says: says(told), remedy: remedy(told) });
    else say(`${told.code} ${says(told)}`);
  };
  return {
    say,
    fault,
    heard({ at, text }) {
      const plain = decoder.write(Buffer.from(text, 'latin1'));
      heard_bytes += text.length;
      if (!isJson) return io.out(plain);
      row({ type: 'heard', at, text: plain });
      heard = hear(heard, text);
      const { side, isAsked } = otherSide(heard, 0);
      const told = `${side} ${isAsked}`;
      if (told !== lastSide) row({ type: 'side', at, side, isAsked });
      lastSide = told;
    },
    line(told) {
      if (told !== null) return fault(told);
      row({ type: 'attached', node });
      if (!isJson) say('attached; ~. leaves, ~? helps');
    },
    report: (left) => row({ type: 'report', version: 1, node, left, heard_bytes }),
  };
}
