import { defineConfig } from '@hey-api/openapi-ts'

export default defineConfig({
  input: './openapi.json',
  output: { path: 'src/api', clean: true },
  // The stream is read by an EventSource; `orphans` keeps the type of what it carries.
  parser: { filters: { tags: { exclude: ['stream'] }, orphans: true } },
  // The browser sends the cookie by itself: no request needs to know how it logs in.
  plugins: [
    { name: '@hey-api/client-fetch', baseUrl: false },
    '@hey-api/typescript',
    { name: '@hey-api/sdk', auth: false },
  ],
})
