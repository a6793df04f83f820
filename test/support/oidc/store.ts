import type { Adapter, AdapterPayload } from 'oidc-provider'

type Row = { payload: AdapterPayload; until: number }

/** Makes what a provider keeps its sessions, grants and codes in: memory of its own, gone with it. */
export function memoryOf(): (model: string) => Adapter {
  const rows = new Map<string, Row>()
  return (model) => {
    const key = (id: string) => `${model}:${id}`
    const live = (row: Row | undefined) => (row && row.until > Date.now() ? row.payload : undefined)
    const first = (fits: (payload: AdapterPayload) => boolean) =>
      live([...rows].find(([at, row]) => at.startsWith(`${model}:`) && fits(row.payload))?.[1])
    return {
      async upsert(id, payload, expiresIn) {
        rows.set(key(id), { payload, until: Date.now() + (expiresIn ?? 3600) * 1000 })
      },
      find: async (id) => live(rows.get(key(id))),
      findByUid: async (uid) => first((payload) => payload.uid === uid),
      findByUserCode: async (code) => first((payload) => payload.userCode === code),
      async consume(id) {
        const payload = live(rows.get(key(id)))
        if (payload) payload.consumed = Math.floor(Date.now() / 1000)
      },
      destroy: async (id) => void rows.delete(key(id)),
      async revokeByGrantId(grantId) {
        for (const [at, { payload }] of rows) {
          if (at.startsWith(`${model}:`) && payload.grantId === grantId) rows.delete(at)
        }
      },
    }
  }
}
