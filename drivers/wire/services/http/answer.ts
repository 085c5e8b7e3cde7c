const REASONS = {
  200: 'OK',
  206: 'Partial Content',
  400: 'Bad Request',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  416: 'Range Not Satisfiable',
  431: 'Request Header Fields Too Large',
  501: 'Not Implemented',
  505: 'HTTP Version Not Supported',
} as const;

export type Status = keyof typeof REASONS;

/** What is said in words, to a person or a program that looks at the status alone. */
export function statusText(status: Status): Buffer {
  return Buffer.from(`${status} ${REASONS[status]}\n`, 'latin1');
}

export interface Head {
  readonly length: number;
  /** Further field lines, each with its end. */
  readonly fields: string;
  readonly isKept: boolean;
}

/** The head of an answer, the empty line included. @see RFC 9112, section 4 */
export function headOf(status: Status, { length, fields, isKept }: Head): Buffer {
  const connection = isKept ? 'keep-alive' : 'close';
  const first = `HTTP/1.1 ${status} ${REASONS[status]}\r\nContent-Length: ${length}\r\n`;
  return Buffer.from(`${first}${fields}Connection: ${connection}\r\n\r\n`, 'latin1');
}
