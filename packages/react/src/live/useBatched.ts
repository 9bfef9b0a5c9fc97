// Looking at what comes in bursts.
import type { Observable } from '@nowcast/client'
import { useContext } from 'react'
import { NowcastContext } from '../provider/context.ts'
import { batched } from './batched.ts'
import { useLive } from './useLive.ts'

/** The current value of something live, batched as the provider says. */
export function useBatched<T>(source: Observable<T> | undefined, idle: T): T {
  const batchMs = useContext(NowcastContext)?.batchMs ?? 0
  return useLive(source === undefined || batchMs === 0 ? source : batched(source, batchMs), idle)
}
