/** The text of a quick reply, with its variables marked. */

import { parse } from '../../lib/variables'

export function ReplyText({ children: text }: { children: string }) {
  return (
    <span className="words" dir="auto">
      {withVariables(text)}
    </span>
  )
}

/** Words as they are written, `$$` too, and each variable on a ground of its own. */
export function withVariables(text: string) {
  const drawn = []
  let from = 0
  for (const part of parse(text)) {
    if (typeof part === 'string') continue
    drawn.push(
      text.slice(from, part.start),
      <span className="var" key={part.start}>
        {text.slice(part.start, part.end)}
      </span>,
    )
    from = part.end
  }
  return [...drawn, text.slice(from)]
}
