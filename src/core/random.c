#include "random.h"

void philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];
  for (int round = 0; round < 10; round++) {
    const uint64_t p0 = (uint64_t)0xD2511F53u * c0;
    const uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
    const uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
    const uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
    c0 = n0;
    c1 = (uint32_t)p1;
    c2 = n2;
    c3 = (uint32_t)p0;
    k0 += 0x9E3779B9u;
    k1 += 0xBB67AE85u;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

double random_uniform(uint64_t seed, enum random_stream stream, uint32_t block,
                      uint64_t index)
{
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  const uint32_t counter[4] = {(uint32_t)index, (uint32_t)(index >> 32), block,
                               (uint32_t)stream};
  uint32_t word[4];
  philox(counter, key, word);
  const uint64_t bits = ((uint64_t)word[0] << 20) | (word[1] >> 12); /* 52 bits */
  return ((double)bits + 0.5) / 4503599627370496.0;
}

void random_permutation(uint64_t seed, enum random_stream stream, uint32_t block,
                        size_t n, uint32_t *order)
{
  for (size_t i = 0; i < n; i++)
    order[i] = (uint32_t)i;
  for (size_t i = n; i > 1; i--) {
    const double u = random_uniform(seed, stream, block, i);
    const size_t j = (size_t)(u * (double)i);
    const uint32_t swap = order[i - 1];
    order[i - 1] = order[j];
    order[j] = swap;
  }
}
