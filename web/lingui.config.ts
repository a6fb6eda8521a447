import { defineConfig } from '@lingui/conf'
import { formatter } from '@lingui/format-po'

export default defineConfig({
  sourceLocale: 'pt-BR',
  locales: ['pt-BR', 'en'],
  format: formatter({ lineNumbers: false, origins: false, printPlaceholdersInComments: false }),
  catalogs: [
    { path: '<rootDir>/src/locales/{locale}', include: ['src'], exclude: ['src/api/**', 'src/**/*.test.*'] },
  ],
})
