/** The parameters of a new thread. */
export type Start = {
  folder?: string
  dump?: Uint8Array<ArrayBuffer>
  /** Compiled once per process and shared by its engines. */
  modules: { pgliteWasmModule: WebAssembly.Module; initdbWasmModule: WebAssembly.Module }
}
export type Call = { kind: 'raw'; bytes: Uint8Array } | { kind: 'dump' | 'close' }
export type Request = { id: number } & Call
export type Reply = { id: number; bytes?: Uint8Array; failure?: string }

/** The id of the reply to opening the database, which has no request. */
export const OPENING = 0
/** The id of a message that answers no request: the engine is unusable. */
export const BROKEN = -1
