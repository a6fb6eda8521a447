/**
 * The server's rule for every text (`clean` in `domain/text.py`), so that what is shown at once is what is stored:
 * each kind of line break is a line feed, control characters go, and nothing that separates words is cut out.
 */

const BREAKS = '\r\v\f\u001c\u001d\u001e\u0085\u2028\u2029'
const KEPT = '\n\t'

export const cleanText = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (one) =>
      KEPT.includes(one) ? one : BREAKS.includes(one) ? '\n' : one === '\u001f' ? ' ' : '',
    )
    .replace(/\p{Cs}/gu, '\ufffd')
    .normalize('NFC')
