/** What a promise is rejected with when its signal was aborted: the asker has gone, so it is no Fault. */
export function aborted(): DOMException {
  return new DOMException('the asker has given up', 'AbortError');
}
