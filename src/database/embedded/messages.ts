/** What a thread is started with. */
export type Start = {
  folder?: string
  dump?: Uint8Array<ArrayBuffer>
  /** Compiled once by the process and shared by its engines. */
  modules: { pgliteWasmModule: WebAssembly.Module; initdbWasmModule: WebAssembly.Module }
}
export type Call = { kind: 'raw'; bytes: Uint8Array } | { kind: 'dump' | 'close' }
export type Request = { id: number } & Call
export type Reply = { id: number; bytes?: Uint8Array; failure?: string }

/** The request that nobody made: it is the opening itself. */
export const OPENING = 0
/** No answer: the engine is past use. */
export const BROKEN = -1
