/** A package as apt's index tells of it. */
export interface IndexedPackage {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  /** 64 lower-case hex digits. */
  readonly sha256: string;
  readonly size_bytes: number;
  /** Names only, first alternatives, without versions. */
  readonly depends: readonly string[];
}

/**
 * Reads what `apt-cache show` prints: stanzas of `Field: value` with folded lines. Stanzas that lack a checksum (a
 * package that is installed but no longer in any index) are left out.
 *
 * @see deb-control(5)
 */
export function parseAptIndex(text: string): readonly IndexedPackage[] {
  return text.split(/\n\n+/).flatMap((stanza) => {
    const fields = new Map<string, string>();
    for (const line of stanza.replaceAll(/\n[ \t]/g, ' ').split('\n')) {
      const colon = line.indexOf(':');
      if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trim());
    }
    const [name, version, sha256] = [fields.get('Package'), fields.get('Version'), fields.get('SHA256')];
    if (name === undefined || version === undefined || sha256 === undefined) return [];
    const size_bytes = Number(fields.get('Size') ?? '0');
    const depends = (fields.get('Depends') ?? '').split(',').flatMap((alternatives) => {
      const first = /^\s*([a-z0-9][a-z0-9+.-]*)/.exec(alternatives)?.[1];
      return first === undefined ? [] : [first];
    });
    return [{ name, version, architecture: fields.get('Architecture') ?? '', sha256, size_bytes, depends }];
  });
}
