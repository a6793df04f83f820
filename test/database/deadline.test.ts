import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createWatch } from '../../src/database/tcp/deadline.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('tells of each thing that did not come in its time, and of no other', () => {
  const watch = createWatch(100)
  const due: string[] = []
  watch(() => due.push('first'))
  vi.advanceTimersByTime(60)
  const came = watch(() => due.push('second'))
  watch(() => due.push('third'))
  expect(came()).toBe(true)
  vi.advanceTimersByTime(41)
  expect(due).toEqual(['first'])
  vi.advanceTimersByTime(60)
  expect(due).toEqual(['first', 'third'])
})

it('says when something came too late, and watches on', () => {
  const watch = createWatch(100)
  const due: string[] = []
  const came = watch(() => {
    due.push('first')
    watch(() => due.push('begun meanwhile'))
  })
  vi.advanceTimersByTime(50)
  watch(() => due.push('second'))
  vi.advanceTimersByTime(51)
  expect(came()).toBe(false)
  vi.advanceTimersByTime(50)
  expect(due).toEqual(['first', 'second'])
  vi.advanceTimersByTime(60)
  expect(due).toEqual(['first', 'second', 'begun meanwhile'])
  expect(vi.getTimerCount()).toBe(0)
})
