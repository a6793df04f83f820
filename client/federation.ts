import type { FederationCalls } from './auth-client.ts'
import { deferred } from './deferred.ts'
import { beginFlow, type Intent } from './flow-begin.ts'
import type { ProviderCalls } from './provider-calls.ts'
import type { Completed, ProviderOptions } from './types.ts'

type Ways = Pick<ProviderCalls, 'loginWith' | 'link' | 'reauthWith'>

type Outcome<Way extends keyof Ways> = Awaited<ReturnType<Ways[Way]>>

/** The calls around providers: here what cannot wait for a module, because browsers open windows in a click alone. */
export function createFederationCalls(
  name: string,
  load: () => Promise<ProviderCalls>,
): FederationCalls {
  let completing: Promise<Completed | undefined> | undefined

  const way =
    <Way extends keyof Ways>(call: Way, intent: Intent) =>
    async (provider: string, options: ProviderOptions = {}): Promise<Outcome<Way>> => {
      const begun = beginFlow(name, intent, options)
      try {
        const calls: Ways = await load()
        return (await calls[call](begun, provider, options)) as Outcome<Way>
      } finally {
        begun.popup?.close()
      }
    }

  return {
    ...deferred(load, ['providers']),
    loginWith: way('loginWith', 'login'),
    link: way('link', 'link'),
    reauthWith: way('reauthWith', 'reauth'),
    completeLogin() {
      completing ??= load()
        .then((calls) => calls.complete())
        .finally(() => {
          completing = undefined
        })
      return completing
    },
  }
}
