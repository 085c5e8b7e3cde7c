/** How far a long work is: `done_bytes` of `total_bytes`, where that is known. */
export interface Progress {
  readonly step: 'reading' | 'copying' | 'writing' | 'verifying';
  /** A partition or a file. */
  readonly what: string;
  readonly done_bytes: number;
  readonly total_bytes: number | null;
}

export type OnProgress = (progress: Progress) => void;
