/** What differs between two texts, word by word. */

export interface DiffPart {
  kind: 'same' | 'removed' | 'added'
  text: string
}

/** Beyond so many pairs of words the middle is shown as replaced whole: the table would take too long. */
const MAX_PAIRS = 1_000_000

/** Words, variables, spaces and signs. */
const piecesOf = (text: string): string[] =>
  text.match(/\$\{?[\p{L}\p{M}\p{N}_]+\}?|[\p{L}\p{M}\p{N}]+|\s+|./gsu) ?? []

/** Parts of both texts in order: without the removed ones they are `after`, without the added ones `before`. */
export function diffWords(before: string, after: string): DiffPart[] {
  const a = piecesOf(before)
  const b = piecesOf(after)
  let head = 0
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1
  let tail = 0
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1
  const parts: DiffPart[] = []
  const push = (kind: DiffPart['kind'], text: string) => {
    const last = parts.at(-1)
    if (text === '') return
    if (last?.kind === kind) last.text += text
    else parts.push({ kind, text })
  }
  push('same', a.slice(0, head).join(''))
  for (const [kind, text] of middle(a.slice(head, a.length - tail), b.slice(head, b.length - tail)))
    push(kind, text)
  push('same', a.slice(a.length - tail).join(''))
  return joined(parts)
}

/** Changes with nothing but spaces between them are read as one. */
function joined(parts: readonly DiffPart[]): DiffPart[] {
  const result: DiffPart[] = []
  let removed = ''
  let added = ''
  const flush = () => {
    if (removed) result.push({ kind: 'removed', text: removed })
    if (added) result.push({ kind: 'added', text: added })
    removed = ''
    added = ''
  }
  for (const [at, { kind, text }] of parts.entries()) {
    if (kind === 'removed') removed += text
    else if (kind === 'added') added += text
    else if ((removed || added) && at < parts.length - 1 && text.trim() === '') {
      removed += text
      added += text
    } else {
      flush()
      result.push({ kind, text })
    }
  }
  flush()
  return result
}

/** The longest common subsequence, by the usual table. */
function middle(a: readonly string[], b: readonly string[]): [DiffPart['kind'], string][] {
  const whole: [DiffPart['kind'], string][] = [
    ['removed', a.join('')],
    ['added', b.join('')],
  ]
  if (a.length * b.length > MAX_PAIRS) return whole
  const width = b.length + 1
  const common = new Uint16Array((a.length + 1) * width)
  const at = (i: number, j: number): number => common[i * width + j] ?? 0
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const found: [DiffPart['kind'], string][] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const [x, y] = [a[i], b[j]]
    if (x !== undefined && x === y) {
      found.push(['same', x])
      i += 1
      j += 1
    } else if (x !== undefined && (y === undefined || at(i + 1, j) >= at(i, j + 1))) {
      found.push(['removed', x])
      i += 1
    } else if (y !== undefined) {
      found.push(['added', y])
      j += 1
    }
  }
  return found
}
