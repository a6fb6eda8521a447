import { lingui } from '@lingui/vite-plugin'
import react from '@vitejs/plugin-react'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'
import { emojis } from './emojis.config.ts'

/** sonner writes a <style> when it is imported, which the Content-Security-Policy refuses; its sheet is imported as a file. */
const sonnerWithoutInlineStyle: Plugin = {
  name: 'sonner-without-inline-style',
  enforce: 'pre',
  transform(code, id) {
    if (!id.includes('/sonner/dist/index.mjs')) return null
    const without = code.replace(/^__insertCSS\(.*\);?$/m, '')
    if (without === code)
      throw new Error('sonner no longer calls __insertCSS at top level: look at its new release')
    return { code: without, map: null }
  },
}

/** react-aria brings its words in 34 languages; the page speaks two. */
const ariaInTwoLanguages: Plugin = {
  name: 'aria-in-two-languages',
  load: (id) =>
    /\/react-aria\/dist\/private\/intl\/\w+\/(?!pt-BR|en-US)[\w-]+\.mjs$/.test(id)
      ? 'export default {}'
      : null,
}

/** What every page needs, in one file: small ones that others share with it compress worse. */
const base = {
  name: 'base',
  test: /\/node_modules\/(react|react-dom|scheduler|use-sync-external-store|@tanstack|@lingui|sonner|tinykeys)\//,
}

const server = process.env.BALCAO_URL ?? 'http://127.0.0.1:8000'

export default defineConfig({
  plugins: [sonnerWithoutInlineStyle, ariaInTwoLanguages, emojis, lingui({ macroTransform: true }), react()],
  build: {
    outDir: '../services/web',
    emptyOutDir: true,
    manifest: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: { output: { codeSplitting: { groups: [base] } } },
  },
  worker: { format: 'es' },
  server: { proxy: { '/v1': server, '/simulator': server } },
  test: {
    // Pure tests: one environment per worker; a test file that needs a DOM says so.
    environment: 'node',
    isolate: false,
    include: ['src/**/*.test.{ts,tsx}'],
    env: { TZ: 'America/Sao_Paulo' },
    setupFiles: ['./src/test/setup.ts'],
  },
})
