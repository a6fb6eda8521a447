/** Words of a message: lines kept, addresses made links; `dir` keeps their direction from spilling over. */

const ADDRESS = /\bhttps?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]}'…]/g

type Part = { at: number; text: string; link: boolean }

export function partsOf(text: string): Part[] {
  const parts: Part[] = []
  let from = 0
  for (const { 0: address, index } of text.matchAll(ADDRESS)) {
    if (index > from) parts.push({ at: from, text: text.slice(from, index), link: false })
    parts.push({ at: index, text: address, link: true })
    from = index + address.length
  }
  if (from < text.length) parts.push({ at: from, text: text.slice(from), link: false })
  return parts
}

export function Text({ children }: { children: string }) {
  return (
    <span className="words" dir="auto">
      {partsOf(children).map(({ at, text, link }) =>
        link ? (
          <a key={at} href={text} target="_blank" rel="noopener noreferrer nofollow">
            {text}
          </a>
        ) : (
          text
        ),
      )}
    </span>
  )
}
