import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createDeadlines } from '../../src/database/tcp/deadline-timer.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

it('tells of each thing that did not come in its time, and of no other', () => {
  const setDeadline = createDeadlines(100)
  const due: string[] = []
  setDeadline(() => due.push('first'))
  vi.advanceTimersByTime(60)
  const came = setDeadline(() => due.push('second'))
  setDeadline(() => due.push('third'))
  expect(came()).toBe(true)
  vi.advanceTimersByTime(41)
  expect(due).toEqual(['first'])
  vi.advanceTimersByTime(60)
  expect(due).toEqual(['first', 'third'])
})

it('says when something came too late, and watches on', () => {
  const setDeadline = createDeadlines(100)
  const due: string[] = []
  const came = setDeadline(() => {
    due.push('first')
    setDeadline(() => due.push('begun meanwhile'))
  })
  vi.advanceTimersByTime(50)
  setDeadline(() => due.push('second'))
  vi.advanceTimersByTime(51)
  expect(came()).toBe(false)
  vi.advanceTimersByTime(50)
  expect(due).toEqual(['first', 'second'])
  vi.advanceTimersByTime(60)
  expect(due).toEqual(['first', 'second', 'begun meanwhile'])
  expect(vi.getTimerCount()).toBe(0)
})
