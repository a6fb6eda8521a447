/** The colour theme: light, dark, or the system's. */

import { useState } from 'react'
import { readStored, writeStored } from './storage'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'balcao.theme'

export function applyTheme(theme: Theme = readStored<Theme>(KEY) ?? 'system'): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, set] = useState<Theme>(() => readStored<Theme>(KEY) ?? 'system')
  return [
    theme,
    (next) => {
      writeStored(KEY, next === 'system' ? null : next)
      applyTheme(next)
      set(next)
    },
  ]
}
