import { tensor, type Value } from '@cupel/graph'

/** (x - mean) / deviation for each channel of [batch, 3, H, W]; unless told, with ImageNet's statistics of values in 0..1. */
export function standardised(
  x: Value,
  mean: readonly number[] = [0.485, 0.456, 0.406],
  deviation: readonly number[] = [0.229, 0.224, 0.225],
): Value {
  const channels = (values: readonly number[]) => tensor([...values], [1, values.length, 1, 1])
  return x.sub(channels(mean)).div(channels(deviation))
}
