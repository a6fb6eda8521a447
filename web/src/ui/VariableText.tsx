/** A text with its variables set apart. */

import type { ReactNode } from 'react'
import { parse } from '../lib/variables'

export function VariableText({ children }: { children: string }) {
  return <>{pieces(children)}</>
}

function pieces(text: string): ReactNode[] {
  let at = 0
  return parse(text).map((part) => {
    at += 1
    if (typeof part === 'string') return part
    return (
      <span className="var" key={at}>
        ${part.name}
      </span>
    )
  })
}
