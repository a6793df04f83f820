/** A request to the API as a page writes it. */
export type Asked = { path: string; method?: string; body?: object }
/** What a form of a page would send. */
export type Filled = { path: string; fields: Record<string, string> }

export type Attack = { auth: string; targets: Asked[]; forms: Filled[]; encodings: string[] }

export type Form = {
  action: string
  enctype?: string
  target?: string
  fields: Record<string, string>
}

/** What `page/hostile.ts` does in whichever page or frame it is put. */
export type Hostile = {
  /** Tries all of it, and returns what it could read of any answer. */
  attack: (all: Attack) => Promise<string[]>
  submit: (form: Form) => void
  frame: (attributes: Record<string, string>) => Promise<unknown>
  cookiesSeen: () => Promise<[string, number]>
  plant: (cookie: string) => void
  goTo: (url: string) => void
}
