import { expect, test } from 'vitest'

import { TEXTS } from './texts.ts'

type Node = Record<string, unknown>

function silent(node: Node, path = ''): string[] {
  return Object.entries(node).flatMap(([name, value]) => {
    if (typeof value === 'object') return silent(value as Node, `${path}${name}.`)
    const given = ['«1»', '«2»'].slice(0, typeof value === 'function' ? value.length : 0)
    const said = typeof value === 'function' ? (value as (...all: string[]) => string)(...given) : (value as string)
    return said !== '' && given.every((one) => said.includes(one)) ? [] : [path + name]
  })
}

test.each(Object.entries(TEXTS))('in %s every text says all that it is given', (_language, texts) => {
  expect(silent(texts)).toEqual([])
})
