import type { Sql } from 'postgres'
import { isRead } from './reads.ts'

/** A place for one connection, and how what was sent on it is getting on. */
export type Place = { sql: Sql | undefined; unanswered: number; movedAt: number }

/** The first is for reads. */
export type Places = readonly [Place, ...Place[]]

/** Statements here take a millisecond; where nothing comes back for so long, one of them waits for a lock. */
const STALL_MILLISECONDS = 20

/** So many empty places. */
export function createPlaces(count: number): Places {
  const empty = (): Place => ({ sql: undefined, unanswered: 0, movedAt: 0 })
  return [empty(), ...Array.from({ length: count - 1 }, empty)]
}

/**
 * Reads share the first connection that moves: they go out and come back in bundles, at half the cost for both sides;
 * a lone one takes the connection that was used last, of which both sides still hold most in their caches. Writes spread
 * over the others, so that their commits wait for the disk together and not one after another.
 */
export function choosePlace(text: string, places: Places): Place {
  if (!isRead(text)) return leastBusy(places)
  if (places.every(isIdle)) return usedLast(places)
  return places.find((place) => !isStalled(place)) ?? leastBusy(places)
}

function isIdle({ unanswered }: Place): boolean {
  return unanswered === 0
}

/** One whose connection broke would first have to open another. */
function usedLast(places: Places): Place {
  return places.reduce((last, place) => (place.sql && place.movedAt > last.movedAt ? place : last))
}

function isStalled({ unanswered, movedAt }: Place): boolean {
  return unanswered > 0 && performance.now() - movedAt > STALL_MILLISECONDS
}

function leastBusy([reads, ...others]: Places): Place {
  const fewer = (best: Place, place: Place) => (place.unanswered < best.unanswered ? place : best)
  return others.length > 0 ? others.reduce(fewer) : reads
}
