import { describe, expect, it } from 'vitest'
import { readTrace } from '../../src/utils/trace-context.ts'

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736'
const SPAN = '00f067aa0ba902b7'
const IDS = { traceId: TRACE, parentId: SPAN }

describe('a traceparent', () => {
  it.each([
    `00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-00`,
    // Flags that level 1 gives no meaning.
    `00-${TRACE}-${SPAN}-ff`,
  ])('%s is passed on as it is', (header) => {
    expect(readTrace(header)).toEqual({ ...IDS, traceparent: header })
  })

  it.each([
    [`01-${TRACE}-${SPAN}-01`, '01'],
    [`01-${TRACE}-${SPAN}-03`, '01'],
    [`cc-${TRACE}-${SPAN}-02`, '00'],
    [`fe-${TRACE}-${SPAN}-fe`, '00'],
    [`cc-${TRACE}-${SPAN}-01-what the future will be like`, '01'],
    [`cc-${TRACE}-${SPAN}-01-`, '01'],
  ])('%s, of a later version, is passed on as this one, with the flags %s', (header, flags) => {
    expect(readTrace(header)).toEqual({ ...IDS, traceparent: `00-${TRACE}-${SPAN}-${flags}` })
  })

  it.each([
    undefined,
    '',
    'hunter2',
    `ff-${TRACE}-${SPAN}-01`,
    `00-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${'0'.repeat(16)}-01`,
    `01-${'0'.repeat(32)}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01-more`,
    `00-${TRACE}-${SPAN}-01-`,
    `00-${TRACE}-${SPAN}-01.more`,
    `cc-${TRACE}-${SPAN}-01.more`,
    `cc-${TRACE}-${SPAN}-011`,
    `00-${TRACE}-${SPAN}`,
    `00-${TRACE}-${SPAN}-`,
    `00-${TRACE}-${SPAN}-1`,
    `0-${TRACE}-${SPAN}-01`,
    `000-${TRACE}-${SPAN}-01`,
    `00-${TRACE.slice(1)}-${SPAN}-01`,
    `00-${TRACE}0-${SPAN}-01`,
    `00-${TRACE}-${SPAN.slice(1)}-01`,
    `00-${TRACE}-${SPAN}0-01`,
    `00-${TRACE.toUpperCase()}-${SPAN}-01`,
    `00-${TRACE}-${SPAN.toUpperCase()}-01`,
    `00-${TRACE}-${SPAN}-0A`,
    `0x-${TRACE}-${SPAN}-01`,
    `00_${TRACE}_${SPAN}_01`,
    ` 00-${TRACE}-${SPAN}-01`,
    `00-${TRACE}-${SPAN}-01\n`,
    // Two headers arrive as one.
    `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`,
  ])('%j is none', (header) => {
    expect(readTrace(header)).toBeUndefined()
  })
})
