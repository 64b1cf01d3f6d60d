import { expect, test } from 'vitest'

import { en } from './en.ts'
import { id } from './id.ts'
import { ja } from './ja.ts'

type Node = Record<string, unknown>

function shape(node: Node, path = ''): string[] {
  return Object.entries(node)
    .flatMap(([name, value]) =>
      typeof value === 'object' ? shape(value as Node, `${path}${name}.`) : [`${path}${name}: ${typeof value}`],
    )
    .sort()
}

test.each([
  ['Indonesian', id],
  ['Japanese', ja],
])('%s says everything that English says', (_name, texts) => {
  expect(shape(texts)).toEqual(shape(en))
})

test.each([
  ['Indonesian', id],
  ['Japanese', ja],
])('%s passes on every value it is given', (_name, texts) => {
  const given = ['1', '2', '3', '4']
  const said = (node: Node): string[] =>
    Object.values(node).flatMap((value) =>
      typeof value === 'function'
        ? [given.slice(0, value.length).filter((one) => !(value as (...all: string[]) => string)(...given).includes(one)).join()]
        : typeof value === 'object'
          ? said(value as Node)
          : [],
    )
  expect(said(texts).filter((missing) => missing !== '')).toEqual([])
})
