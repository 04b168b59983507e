#include <string.h>
#include "check.h"
#include "../../src/core/random.h"

/* Known answers from the Random123 distribution (kat_vectors, philox4x32 10). */
static void known_answers(void)
{
  next_case();
  static const struct {
    uint32_t counter[4], key[2], out[4];
  } known[] = {
      {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff},
       {0xffffffff, 0xffffffff},
       {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344},
       {0xa4093822, 0x299f31d0},
       {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (size_t i = 0; i < 3; i++) {
    uint32_t out[4];
    philox(known[i].counter, known[i].key, out);
    CHECK(memcmp(out, known[i].out, sizeof out) == 0, "vector %d", (int)i);
  }
}

static void uniform_moments(void)
{
  next_case();
  double sum = 0.0, squares = 0.0;
  const int n = 100000;
  for (int i = 0; i < n; i++) {
    const double u = random_uniform(42, RANDOM_SHUFFLE, 3, (uint64_t)i);
    CHECK(u > 0.0 && u < 1.0, "draw %d is %g", i, u);
    sum += u;
    squares += u * u;
  }
  CHECK(fabs(sum / n - 0.5) < 0.005, "mean %g", sum / n);
  CHECK(fabs(squares / n - 1.0 / 3.0) < 0.005, "mean square %g", squares / n);
}

/* Every permutation of three comes up about equally often; each is a permutation. */
static void permutations(void)
{
  next_case();
  int counts[6] = {0};
  for (uint32_t block = 0; block < 6000; block++) {
    uint32_t p[3];
    random_permutation(1, RANDOM_SHUFFLE, block, 3, p);
    CHECK((1u << p[0] | 1u << p[1] | 1u << p[2]) == 7u, "block %u", block);
    counts[2 * p[0] + (p[1] > p[2])]++;
  }
  for (int i = 0; i < 6; i++)
    CHECK(counts[i] > 850 && counts[i] < 1150, "permutation %d: %d", i, counts[i]);
}

void test_random(void)
{
  known_answers();
  uniform_moments();
  permutations();
}
