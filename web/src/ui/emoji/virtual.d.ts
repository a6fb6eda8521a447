/** Made by `emojis.config.ts`. */
declare module 'virtual:emojis' {
  const rows: readonly import('./emojis').EmojiRow[]
  export default rows
}
