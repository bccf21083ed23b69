/* The rate of one core at nothing but fused multiplications and additions of floats, in GFLOP/s: the best of some rounds. */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

#ifdef __AVX512F__
typedef __m512 vector;
#define FILL _mm512_set1_ps
#define FMA _mm512_fmadd_ps
#else
typedef __m256 vector;
#define FILL _mm256_set1_ps
#define FMA _mm256_fmadd_ps
#endif

/* As many sums at once as hide the latency of one. */
enum { LANES = sizeof(vector) / sizeof(float), SUMS = 12, STEPS = 4000000, ROUNDS = 40 };

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec * 1e-9;
}

int main(void) {
  vector factor = FILL(0.999f), term = FILL(0.001f);
  double best = 0;
  volatile float kept;
  for (int round = 0; round < ROUNDS; round++) {
    vector s0 = FILL(0), s1 = FILL(1), s2 = FILL(2), s3 = FILL(3), s4 = FILL(4), s5 = FILL(5);
    vector s6 = FILL(6), s7 = FILL(7), s8 = FILL(8), s9 = FILL(9), s10 = FILL(10), s11 = FILL(11);
    double start = seconds();
    for (long step = 0; step < STEPS; step++) {
      s0 = FMA(s0, factor, term), s1 = FMA(s1, factor, term), s2 = FMA(s2, factor, term);
      s3 = FMA(s3, factor, term), s4 = FMA(s4, factor, term), s5 = FMA(s5, factor, term);
      s6 = FMA(s6, factor, term), s7 = FMA(s7, factor, term), s8 = FMA(s8, factor, term);
      s9 = FMA(s9, factor, term), s10 = FMA(s10, factor, term), s11 = FMA(s11, factor, term);
    }
    double rate = (double)STEPS * SUMS * LANES * 2 / (seconds() - start) / 1e9;
    if (rate > best) best = rate;
    vector sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7 + s8 + s9 + s10 + s11;
    kept = ((float *)&sum)[0];
  }
  (void)kept;
  printf("%f\n", best);
  return 0;
}
