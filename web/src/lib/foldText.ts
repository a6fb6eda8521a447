/** Text as searches compare it: without accents, in small letters. */

export const foldText = (text: string): string =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLocaleLowerCase('pt-BR')
