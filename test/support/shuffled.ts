import type { Answer, Send } from '../../src/database/send.ts'

/** A driver that gives each of two callers the other's answer, as often as two ask for the same number of columns. */
export function shuffled(send: Send): { send: Send; shuffles: () => number } {
  let held: { answer: Answer; give: (answer: Answer) => void } | undefined
  let shuffles = 0
  return {
    shuffles: () => shuffles,
    async send(sent) {
      const answer = await send(sent)
      const other = held
      if (other?.answer.fields.length === answer.fields.length) {
        held = undefined
        shuffles++
        other.give(answer)
        return other.answer
      }
      return new Promise((give) => {
        const mine = { answer, give }
        held?.give(held.answer)
        held = mine
        // Nobody may come to exchange with.
        setTimeout(() => {
          if (held !== mine) return
          held = undefined
          give(answer)
        }, 5)
      })
    },
  }
}
