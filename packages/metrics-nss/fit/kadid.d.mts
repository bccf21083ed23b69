import type { Image, Metric } from '@cupel/core'

export type Distortion = 'blur' | 'noise' | 'jpeg'
export interface Ordered {
  readonly within: number
  readonly pooled: number
  readonly medians: readonly number[]
}
export declare const levels: Readonly<Record<Distortion, readonly number[]>>
export declare function distorted(image: Image, seed: number): Promise<Record<Distortion, Image[]>>
export declare function srocc(a: readonly number[], b: readonly number[]): number
export declare function order(
  metric: Pick<Metric, 'score'>,
  images: readonly Image[],
): Promise<Record<Distortion, Ordered> & { clean: readonly number[] }>
