/** The search field for contacts; searches once typing pauses. */

import { useLingui } from '@lingui/react/macro'
import { Search } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'

const DEBOUNCE_MS = 200

export function ContactSearch({ q, onSearch }: { q: string; onSearch: (q: string) => void }) {
  const { t } = useLingui()
  const [text, setText] = useState(q)
  const latestOnSearch = useRef(onSearch)
  latestOnSearch.current = onSearch
  useEffect(() => {
    const trimmed = text.trim()
    if (trimmed === q) return
    const timer = setTimeout(() => latestOnSearch.current(trimmed), DEBOUNCE_MS)
    return () => clearTimeout(timer)
  }, [text, q])
  return (
    <label className="input finder">
      <Search className="i i-md" aria-hidden="true" />
      <input
        type="search"
        aria-label={t`Buscar contatos`}
        placeholder={t`Nome, telefone ou e-mail`}
        maxLength={200}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
    </label>
  )
}
