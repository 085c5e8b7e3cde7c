import { FaultError } from '../faults/fault.js';

/** Which image: `project/name`. Made by `imageRef` only, so that both are safe as names of directories. */
export interface ImageRef {
  readonly project: string;
  readonly name: string;
}

const LONGEST = 63;
const PLAIN = /^[a-z0-9][a-z0-9._-]*$/;

/** @throws FaultError IMG-001 */
export function imageRef(text: string): ImageRef {
  const [project = '', name = '', ...more] = text.split('/');
  if (more.length > 0 || name === '') throw bad(text, 'it is not PROJECT/NAME');
  for (const part of [project, name]) {
    const why = complaintAbout(part);
    if (why !== null) throw bad(text, why);
  }
  return { project, name };
}

export function refText({ project, name }: ImageRef): string {
  return `${project}/${name}`;
}

/** Whether a directory entry can be a project or an image at all. */
export function isPlainName(text: string): boolean {
  return complaintAbout(text) === null;
}

/** No upper case: two images must not become one on a file system that does not tell them apart. */
function complaintAbout(part: string): string | null {
  if (part === '') return 'a name is empty';
  if (part.length > LONGEST) return `a name has ${part.length} characters`;
  return PLAIN.test(part) ? null : 'a character, or the first one, does not belong there';
}

function bad(text: string, why: string): FaultError {
  // A hostile name may be endless.
  return new FaultError({ code: 'IMG-001', kind: 'image.badName', text: text.slice(0, 200), why });
}
