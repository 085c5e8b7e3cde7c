/** A span in few columns: `0.4 s`, `12.3 s`, `4 min`, `2.5 h`, `3 d`. */
export function spanText(ms: number): string {
  const s = ms / 1_000;
  if (s < 99.95) return `${s.toFixed(1)} s`;
  if (s < 999.5) return `${Math.round(s)} s`;
  if (s < 5_970) return `${Math.round(s / 60)} min`;
  if (s < 172_800) return `${(s / 3_600).toFixed(1)} h`;
  return `${Math.round(s / 86_400)} d`;
}

/** A size in few columns: `12 B`, `1.5 kB`, `23.4 MB`. Powers of ten, as rates are told. */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const units = ['kB', 'MB', 'GB', 'TB'];
  const place = Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3) - 1);
  const size = bytes / 1_000 ** (place + 1);
  return `${size >= 999.5 ? Math.round(size) : size.toFixed(1)} ${units[place]}`;
}

/** An instant since the start of the run: `0:02.514`, `1:40:02.514`. */
export function instantText(ms: number): string {
  const whole = Math.floor(ms);
  const [hours, minutes] = [Math.floor(whole / 3_600_000), Math.floor(whole / 60_000) % 60];
  const seconds = ((whole % 60_000) / 1_000).toFixed(3).padStart(6, '0');
  return hours === 0 ? `${minutes}:${seconds}` : `${hours}:${String(minutes).padStart(2, '0')}:${seconds}`;
}
