/** Light, dark, or what the system says. */

import { useState } from 'react'
import { store, stored } from './storage'

export type Theme = 'system' | 'light' | 'dark'
const KEY = 'balcao.theme'

export function showTheme(theme: Theme = stored<Theme>(KEY) ?? 'system'): void {
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export function useTheme(): [Theme, (theme: Theme) => void] {
  const [theme, set] = useState<Theme>(() => stored<Theme>(KEY) ?? 'system')
  return [
    theme,
    (next) => {
      store(KEY, next === 'system' ? null : next)
      showTheme(next)
      set(next)
    },
  ]
}
