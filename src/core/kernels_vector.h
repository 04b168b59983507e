/* The kernels, for any length of vector. A file that includes this has set
 *   KERNELS          name of the table that it defines
 *   KERNELS_NAME     what people call it
 *   TARGET           attribute of every function: which instructions it may use
 *   VECTOR_BYTES     16, 32 or 64
 *   TILE_ACROSS, TILE_DOWN   rows of a tile of a product, up to 12: as many as leave two
 *                    vectors each, and three more, in registers
 * and defined kernels_available(). Vectors are GNU C's; no intrinsics. */
#include <math.h>
#include <stdint.h>
#include <string.h>
#include "kernels.h"

#define OF_VECTOR __attribute__((vector_size(VECTOR_BYTES)))
#define ANYWHERE(type) aligned(sizeof(type)), may_alias
typedef real vec __attribute__((vector_size(VECTOR_BYTES), ANYWHERE(real)));
typedef double dvec __attribute__((vector_size(VECTOR_BYTES), ANYWHERE(double)));
typedef int64_t dmask OF_VECTOR;
typedef uint64_t dbits OF_VECTOR;
#ifdef REAL_IS_DOUBLE
typedef dmask mask;
typedef dbits bits;
#else
typedef int32_t mask OF_VECTOR;
typedef uint32_t bits OF_VECTOR;
#endif

#define LANES (VECTOR_BYTES / sizeof(real))
#define DLANES (VECTOR_BYTES / sizeof(double))
#define LOAD(p) (*(const vec *)(p))
#define STORE(p, v) (*(vec *)(p) = (v))
#define LOAD_D(p) (*(const dvec *)(p))
#define STORE_D(p, v) (*(dvec *)(p) = (v))
#define INLINE TARGET static inline __attribute__((always_inline))

/* ---- products ------------------------------------------------------------------------
 * A tile is some rows by two vectors. Where two vectors are one panel or less, tiles go
 * through a panel; where a vector is a panel, through two panels at once, and a last one
 * without a partner is computed twice: so C is read before either is written. Tiles are
 * written out, for -O2 unrolls nothing. */
#define EACH_1(f) f(0)
#define EACH_2(f) EACH_1(f) f(1)
#define EACH_3(f) EACH_2(f) f(2)
#define EACH_4(f) EACH_3(f) f(3)
#define EACH_5(f) EACH_4(f) f(4)
#define EACH_6(f) EACH_5(f) f(5)
#define EACH_7(f) EACH_6(f) f(6)
#define EACH_8(f) EACH_7(f) f(7)
#define EACH_9(f) EACH_8(f) f(8)
#define EACH_10(f) EACH_9(f) f(9)
#define EACH_11(f) EACH_10(f) f(10)
#define EACH_12(f) EACH_11(f) f(11)

#define TILE_ZERO(i) vec s##i = {0}, t##i = {0};
#define TILE_PLUS(i) s##i += LOAD(c + (i)*PANEL), t##i += LOAD(c + c_second + (i)*PANEL);
#define TILE_TIMES(i) s##i *= LOAD(c + (i)*PANEL), t##i *= LOAD(c + c_second + (i)*PANEL);
#define TILE_ADD_DOWN(i) s##i += a[i] * b0, t##i += a[i] * b1;
#define TILE_ADD_ACROSS(i) s##i += a[(i)*PANEL] * b0, t##i += a[(i)*PANEL] * b1;
#define TILE_STORE(i) STORE(c + (i)*PANEL, s##i), STORE(c + c_second + (i)*PANEL, t##i);

/* The arguments of a tile: its corner of A, B and C, and where the second vector is. */
typedef void tile(const struct product *p, const real *a, const real *b, size_t b_second,
                  real *c, size_t c_second);

#define TILE(m)                                                                          \
  TARGET static void down_##m(const struct product *p, const real *a, const real *b,     \
                              size_t b_second, real *c, size_t c_second)                 \
  {                                                                                      \
    EACH_##m(TILE_ZERO);                                                                 \
    for (size_t k = p->k; k > 0; k--, a += PANEL, b += PANEL) {                          \
      const vec b0 = LOAD(b), b1 = LOAD(b + b_second);                                   \
      EACH_##m(TILE_ADD_DOWN)                                                            \
    }                                                                                    \
    if (p->into == INTO_ADD) {                                                           \
      EACH_##m(TILE_PLUS)                                                                \
    } else if (p->into == INTO_MULTIPLY) {                                               \
      EACH_##m(TILE_TIMES)                                                               \
    }                                                                                    \
    EACH_##m(TILE_STORE)                                                                 \
  }                                                                                      \
  TARGET static void across_##m(const struct product *p, const real *a, const real *b,   \
                                size_t b_second, real *c, size_t c_second)               \
  {                                                                                      \
    EACH_##m(TILE_ZERO);                                                                 \
    for (size_t done = 0; done < p->k; done += PANEL) {                                  \
      const size_t count = p->k - done < PANEL ? p->k - done : PANEL;                    \
      for (size_t k = 0; k < count; k++, a++, b += PANEL) {                              \
        const vec b0 = LOAD(b), b1 = LOAD(b + b_second);                                 \
        EACH_##m(TILE_ADD_ACROSS)                                                        \
      }                                                                                  \
      a += p->jump - count;                                                              \
    }                                                                                    \
    if (p->into == INTO_ADD) {                                                           \
      EACH_##m(TILE_PLUS)                                                                \
    } else if (p->into == INTO_MULTIPLY) {                                               \
      EACH_##m(TILE_TIMES)                                                               \
    }                                                                                    \
    EACH_##m(TILE_STORE)                                                                 \
  }

TILE(1)
TILE(2)
TILE(3)
TILE(4)
TILE(5)
TILE(6)
#if TILE_ACROSS > 6
TILE(7)
TILE(8)
TILE(9)
TILE(10)
TILE(11)
TILE(12)
#define WIDE_TILES(kind) , kind##_7, kind##_8, kind##_9, kind##_10, kind##_11, kind##_12
#else
#define WIDE_TILES(kind)
#endif

static tile *const down_tiles[] = {
    NULL, down_1, down_2, down_3, down_4, down_5, down_6 WIDE_TILES(down)};
static tile *const across_tiles[] = {
    NULL, across_1, across_2, across_3, across_4, across_5, across_6 WIDE_TILES(across)};

/* All rows of C in one or two panels, or a part of a panel's columns. */
static void product_column(const struct product *p, const real *b, size_t b_second,
                           real *c, size_t c_second)
{
  if (p->left == LEFT_ACROSS) {
    for (size_t i = 0; i < p->m; i += TILE_ACROSS) {
      const size_t rows = p->m - i < TILE_ACROSS ? p->m - i : TILE_ACROSS;
      across_tiles[rows](p, p->a + i * PANEL, b, b_second, c + i * PANEL, c_second);
    }
    return;
  }
  for (size_t first = 0; first < p->m; first += PANEL) {
    const real *a = p->a + first / PANEL * p->jump;
    const size_t last = p->m - first < PANEL ? p->m - first : PANEL;
    for (size_t i = 0; i < last; i += TILE_DOWN) {
      const size_t rows = last - i < TILE_DOWN ? last - i : TILE_DOWN;
      down_tiles[rows](p, a + i, b, b_second, c + (first + i) * PANEL, c_second);
    }
  }
}

static void product(const struct product *p)
{
  const size_t together = LANES == PANEL ? 2 : 1; /* panels */
  for (size_t q = 0; q < p->panels; q += together) {
    const real *b = p->b + q * p->b_panel;
    real *c = p->c + q * p->c_panel;
    if (together == 2) {
      const size_t second = q + 1 < p->panels;
      product_column(p, b, second * p->b_panel, c, second * p->c_panel);
    } else {
      for (size_t column = 0; column < PANEL; column += 2 * LANES)
        product_column(p, b + column, LANES, c + column, LANES);
    }
  }
}

#define SUM_2(i) (v[i] + v[(i) + 1])
#define SUM_4(i) (SUM_2(i) + SUM_2((i) + 2))
#define SUM_8(i) (SUM_4(i) + SUM_4((i) + 4))
#define SUM_16(i) (SUM_8(i) + SUM_8((i) + 8))
INLINE real lane_sum(vec v)
{
#if VECTOR_BYTES == 16 && defined(REAL_IS_DOUBLE)
  return SUM_2(0);
#elif VECTOR_BYTES == 16 || (VECTOR_BYTES == 32 && defined(REAL_IS_DOUBLE))
  return SUM_4(0);
#elif VECTOR_BYTES == 32 || defined(REAL_IS_DOUBLE)
  return SUM_8(0);
#else
  return SUM_16(0);
#endif
}

TARGET static void dots(size_t m, size_t n, size_t panels, const real *a, size_t a_panel,
                        const real *b, size_t b_panel, int accumulate, real *out)
{
  for (size_t i = 0; i < m; i++)
    for (size_t j = 0; j < n; j++) {
      vec sum = {0};
      for (size_t p = 0; p < panels; p++)
        for (size_t r = 0; r < PANEL; r += LANES)
          sum += LOAD(a + p * a_panel + i * PANEL + r) *
                 LOAD(b + p * b_panel + j * PANEL + r);
      real *to = out + i * PANEL + j;
      *to = (accumulate ? *to : REAL_C(0.0)) + lane_sum(sum);
    }
}

/* ---- normals ---------------------------------------------------------------------------- */

TARGET static void heights(size_t features, size_t panels, real top, const real *u,
                           size_t u_panel, real *out)
{
  for (size_t p = 0; p < panels; p++, u += u_panel, out += PANEL)
    for (size_t r = 0; r < PANEL; r += LANES) {
      vec squares = {0};
      for (size_t j = 0; j < features; j++)
        squares += LOAD(u + j * PANEL + r) * LOAD(u + j * PANEL + r);
      STORE(out + r, top - REAL_C(0.5) * squares);
    }
}

/* Tiles of 4 x 3; at the edges a feature is taken more than once. */
#define SCATTER_ROWS 4
#define SCATTER_COLUMNS 3
#define SCATTER_ZERO(l) vec s##l##0 = {0}, s##l##1 = {0}, s##l##2 = {0};
#define SCATTER_AT(first, l) z + ((first) + (l) < last ? (first) + (l) : last) * PANEL
#define SCATTER_ADD(l)                                                                   \
  {                                                                                      \
    const vec row = LOAD(row##l + at);                                                   \
    s##l##0 += row * w0, s##l##1 += row * w1, s##l##2 += row * w2;                       \
  }
#define SCATTER_STORE(l)                                                                 \
  if (i + (l) <= last) {                                                                 \
    real *to = out + (i + (l)) * features + j;                                           \
    to[0] = lane_sum(s##l##0);                                                           \
    if (j + 1 <= last) to[1] = lane_sum(s##l##1);                                        \
    if (j + 2 <= last) to[2] = lane_sum(s##l##2);                                        \
  }

TARGET static void scatter(size_t features, size_t panels, const real *z, size_t z_panel,
                           const real *share, real *out)
{
  const size_t last = features - 1;
  for (size_t i = 0; i < features; i += SCATTER_ROWS) {
    const real *row0 = SCATTER_AT(i, 0), *row1 = SCATTER_AT(i, 1);
    const real *row2 = SCATTER_AT(i, 2), *row3 = SCATTER_AT(i, 3);
    for (size_t j = 0; j < features && j < i + SCATTER_ROWS; j += SCATTER_COLUMNS) {
      const real *column0 = SCATTER_AT(j, 0), *column1 = SCATTER_AT(j, 1);
      const real *column2 = SCATTER_AT(j, 2);
      EACH_4(SCATTER_ZERO)
      for (size_t p = 0; p < panels; p++)
        for (size_t r = 0; r < PANEL; r += LANES) {
          const size_t at = p * z_panel + r;
          const vec weight = LOAD(share + p * PANEL + r);
          const vec w0 = weight * LOAD(column0 + at), w1 = weight * LOAD(column1 + at);
          const vec w2 = weight * LOAD(column2 + at);
          EACH_4(SCATTER_ADD)
        }
      EACH_4(SCATTER_STORE)
    }
  }
}

/* Blocks of 4 x 4, whose rows are half-vectors where numbers are double. */
typedef real quad
    __attribute__((vector_size(4 * sizeof(real)), aligned(sizeof(real)), may_alias));
#if defined(__clang__)
#define SHUFFLE(a, b, i, j, k, l) __builtin_shufflevector(a, b, i, j, k, l)
#else
#ifdef REAL_IS_DOUBLE
typedef int64_t quad_index __attribute__((vector_size(32)));
#else
typedef int32_t quad_index __attribute__((vector_size(16)));
#endif
#define SHUFFLE(a, b, i, j, k, l) __builtin_shuffle(a, b, (quad_index){i, j, k, l})
#endif

#define TURN_ROW(l) (i + (l) < n ? *(const quad *)(f + (l)*PANEL) : (quad){0})

TARGET static void turn(size_t n, size_t panels, const real *from, size_t from_panel,
                        real *to)
{
  for (size_t p = 0; p < panels; p++, from += from_panel, to += PANEL * PANEL)
    for (size_t i = 0; i < PANEL; i += 4)
      for (size_t j = 0; j < PANEL; j += 4) {
        const real *f = from + i * PANEL + j;
        const quad a = TURN_ROW(0), b = TURN_ROW(1), c = TURN_ROW(2), d = TURN_ROW(3);
        const quad ab_low = SHUFFLE(a, b, 0, 4, 1, 5),
                   ab_high = SHUFFLE(a, b, 2, 6, 3, 7);
        const quad cd_low = SHUFFLE(c, d, 0, 4, 1, 5),
                   cd_high = SHUFFLE(c, d, 2, 6, 3, 7);
        real *t = to + j * PANEL + i;
        *(quad *)t = SHUFFLE(ab_low, cd_low, 0, 1, 4, 5);
        *(quad *)(t + PANEL) = SHUFFLE(ab_low, cd_low, 2, 3, 6, 7);
        *(quad *)(t + 2 * PANEL) = SHUFFLE(ab_high, cd_high, 0, 1, 4, 5);
        *(quad *)(t + 3 * PANEL) = SHUFFLE(ab_high, cd_high, 2, 3, 6, 7);
      }
}

/* ---- functions of one number ----------------------------------------------------------
 * exp: x = n log 2 + r, |r| <= log(2) / 2; a polynomial in r, and n into the exponent. The
 * sum of x / log 2 and a large number whose last place is 1 holds n in its last bits. */
#define LOG2_E 1.44269504088896340736
#define BIG_D 6755399441055744.0 /* 1.5 * 2^52 */

INLINE dvec select_d(dmask where, dvec yes, dvec no)
{
  return (dvec)((where & (dmask)yes) | (~where & (dmask)no));
}

INLINE dvec exp_d(dvec x)
{
  const dvec big = BIG_D + (dvec){0}, zero = {0};
  const dmask low = x < -708.0;
  const dmask high = x > 709.0;
  const dvec shifted = x * LOG2_E + big, n = shifted - big;
  const dvec r = (x - n * 0.693147180369123816490) - n * 1.90821492927058770002e-10;
  dvec p = 1.0 / 479001600.0 + zero; /* 1 / 12! */
  p = p * r + 1.0 / 39916800.0;
  p = p * r + 1.0 / 3628800.0;
  p = p * r + 1.0 / 362880.0;
  p = p * r + 1.0 / 40320.0;
  p = p * r + 1.0 / 5040.0;
  p = p * r + 1.0 / 720.0;
  p = p * r + 1.0 / 120.0;
  p = p * r + 1.0 / 24.0;
  p = p * r + 1.0 / 6.0;
  p = p * r + 0.5;
  p = p * r + 1.0;
  p = p * r + 1.0;
  p = (dvec)((dbits)p + ((dbits)shifted << 52));
  return select_d(low, zero, select_d(high, (dvec)(INFINITY + zero), p));
}

/* log: v = m 2^e with m from sqrt(1/2) to sqrt(2); a series in s = (m - 1) / (m + 1). */
INLINE dvec log_d(dvec v)
{
  const dbits half_root = (dbits)(0.70710678118654752440 + (dvec){0});
  const dbits e = ((dbits)v - half_root + ((dbits){0} + ((uint64_t)1024 << 52))) >> 52;
  const dvec m = (dvec)((dbits)v - ((e - 1024) << 52));
  const dvec big = BIG_D + (dvec){0};
  const dvec n = (dvec)((dbits)big + e) - (BIG_D + 1024.0);
  const dvec f = m - 1.0, s = f / (2.0 + f), z = s * s;
  dvec p = 2.0 / 21.0 + (dvec){0};
  p = p * z + 2.0 / 19.0;
  p = p * z + 2.0 / 17.0;
  p = p * z + 2.0 / 15.0;
  p = p * z + 2.0 / 13.0;
  p = p * z + 2.0 / 11.0;
  p = p * z + 2.0 / 9.0;
  p = p * z + 2.0 / 7.0;
  p = p * z + 2.0 / 5.0;
  p = p * z + 2.0 / 3.0;
  return n * 0.693147180369123816490 +
         ((s * z * p + n * 1.90821492927058770002e-10) + 2.0 * s);
}

#ifdef REAL_IS_DOUBLE
#define exp_v exp_d
#define log_v log_d
#define select_v select_d
#else
#define BIG 12582912.0f /* 1.5 * 2^23 */

INLINE vec select_v(mask where, vec yes, vec no)
{
  return (vec)((where & (mask)yes) | (~where & (mask)no));
}

INLINE vec exp_v(vec x)
{
  const vec big = BIG + (vec){0}, zero = {0};
  const mask low = x < -87.0f;
  const mask high = x > 88.0f;
  const vec shifted = x * (float)LOG2_E + big, n = shifted - big;
  const vec r = (x - n * 0.693145751953125f) - n * 1.42860682030941723212e-6f;
  vec p = 1.0f / 5040.0f + zero;
  p = p * r + 1.0f / 720.0f;
  p = p * r + 1.0f / 120.0f;
  p = p * r + 1.0f / 24.0f;
  p = p * r + 1.0f / 6.0f;
  p = p * r + 0.5f;
  p = p * r + 1.0f;
  p = p * r + 1.0f;
  p = (vec)((bits)p + ((bits)shifted << 23));
  return select_v(low, zero, select_v(high, (vec)(INFINITY + zero), p));
}
#endif

#ifndef REAL_IS_DOUBLE
INLINE vec log_v(vec v)
{
  const bits half_root = (bits)(0.70710678f + (vec){0});
  const bits e = ((bits)v - half_root + ((bits){0} + (128u << 23))) >> 23;
  const vec m = (vec)((bits)v - ((e - 128) << 23));
  const vec n = (vec)((bits)(BIG + (vec){0}) + e) - (BIG + 128.0f);
  const vec f = m - 1.0f, s = f / (2.0f + f), z = s * s;
  vec p = 2.0f / 9.0f + (vec){0};
  p = p * z + 2.0f / 7.0f;
  p = p * z + 2.0f / 5.0f;
  p = p * z + 2.0f / 3.0f;
  return n * 0.693145751953125f +
         ((s * z * p + n * 1.42860682030941723212e-6f) + 2.0f * s);
}
#endif

/* An activation and its slope. What isn't a number stays so. */
struct bent {
  vec value, slope;
};

INLINE struct bent bend(enum activation activation, vec z)
{
  const vec zero = {0}, one = 1 + zero;
  if (activation == ACTIVATION_RELU) {
    const mask off = z <= zero;
    return (struct bent){select_v(off, zero, z), select_v(off, zero, one)};
  }
  if (activation == ACTIVATION_SILU) {
    const vec gate = one / (one + exp_v(-z));
    return (struct bent){z * gate, gate * (one + z * (one - gate))};
  }
  /* tanh: of the size of z, so that small ones keep their digits. */
  const mask minus = z < zero;
  const vec size = select_v(minus, -z, z), e = exp_v(-2 * size);
  const vec square = size * size;
  const vec small =
      size * (one - square * (REAL_C(1.0) / 3 - square * (REAL_C(2.0) / 15)));
  const vec large = (one - e) / (one + e);
  const vec t = select_v(size < REAL_C(0.02), small, large);
  return (struct bent){select_v(minus, -t, t), one - t * t};
}

INLINE void activate_as(enum activation activation, size_t n, real *z, real *slope)
{
  for (size_t i = 0; i < n; i += LANES) {
    const struct bent b = bend(activation, LOAD(z + i));
    STORE(z + i, b.value);
    if (slope) STORE(slope + i, b.slope);
  }
}

TARGET static void activate(enum activation activation, size_t n, real *z, real *slope)
{
  switch (activation) {
  case ACTIVATION_RELU:
    activate_as(ACTIVATION_RELU, n, z, slope);
    break;
  case ACTIVATION_SILU:
    activate_as(ACTIVATION_SILU, n, z, slope);
    break;
  case ACTIVATION_TANH:
    activate_as(ACTIVATION_TANH, n, z, slope);
    break;
  }
}

TARGET static void add(size_t n, const real *b, real *a)
{
  for (size_t i = 0; i < n; i += LANES)
    STORE(a + i, LOAD(a + i) + LOAD(b + i));
}

INLINE void join_as(enum activation activation, size_t features, const real *of_y,
                    const real *of_x, size_t step, real *to, real *slope)
{
  for (size_t f = 0; f < features; f++)
    for (size_t r = 0; r < PANEL; r += LANES) {
      const size_t at = f * PANEL + r;
      const struct bent b = bend(activation, LOAD(of_y + at) + of_x[f * step]);
      STORE(to + at, b.value);
      if (slope) STORE(slope + at, b.slope);
    }
}

TARGET static void join(enum activation activation, size_t features, const real *of_y,
                        const real *of_x, size_t step, real *to, real *slope)
{
  switch (activation) {
  case ACTIVATION_RELU:
    join_as(ACTIVATION_RELU, features, of_y, of_x, step, to, slope);
    break;
  case ACTIVATION_SILU:
    join_as(ACTIVATION_SILU, features, of_y, of_x, step, to, slope);
    break;
  case ACTIVATION_TANH:
    join_as(ACTIVATION_TANH, features, of_y, of_x, step, to, slope);
    break;
  }
}

TARGET static void part(size_t features, size_t panels, const real *d, size_t d_panel,
                        real *d_y, size_t d_y_panel, real *d_x, size_t step)
{
  for (size_t f = 0; f < features; f++) {
    vec sum = {0};
    for (size_t p = 0; p < panels; p++) {
      const real *from = d + p * d_panel + f * PANEL;
      real *to = d_y + p * d_y_panel + f * PANEL;
      for (size_t r = 0; r < PANEL; r += LANES) {
        sum += LOAD(from + r);
        STORE(to + r, LOAD(to + r) + LOAD(from + r));
      }
    }
    d_x[f * step] = lane_sum(sum);
  }
}

TARGET static void mix(size_t count, size_t apart, size_t n, real *parts, real *mean)
{
  const vec of_count = log_v((real)count + (vec){0});
  for (size_t i = 0; i < n; i += LANES) {
    vec high = LOAD(parts + i), sum = {0};
    for (size_t k = 1; k < count; k++) {
      const vec next = LOAD(parts + k * apart + i);
      high = select_v(next > high, next, high);
    }
    for (size_t k = 0; k < count; k++) {
      const vec e = exp_v(LOAD(parts + k * apart + i) - high);
      STORE(parts + k * apart + i, e);
      sum += e;
    }
    STORE(mean + i, high + (log_v(sum) - of_count));
    for (size_t k = 0; k < count; k++)
      STORE(parts + k * apart + i, LOAD(parts + k * apart + i) / sum);
  }
}

TARGET static void unmix(size_t count, size_t apart, size_t n, real *parts,
                         const real *d_mean)
{
  for (size_t k = 0; k < count; k++)
    for (size_t i = 0; i < n; i += LANES)
      STORE(parts + k * apart + i, LOAD(parts + k * apart + i) * LOAD(d_mean + i));
}

/* ---- training --------------------------------------------------------------------------
 * Numbers on their way to where processors slow down manyfold (subnormal) say nothing:
 * they are taken as 0. */
INLINE vec flush(vec x)
{
#ifdef REAL_IS_DOUBLE
  const mask size = (mask)((bits)x << 1 >> 1), least = 0x3c32725dd1d243acll + (mask){0};
#else
  const mask size = (mask)((bits)x << 1 >> 1), least = 0x219392ef + (mask){0};
#endif
  return (vec)((mask)x & (size >= least)); /* 1e-18 and larger: the bits are in order */
}

/* Square root: 1 / sqrt(x) from the halved exponent, then by Newton's steps, each of which
 * doubles the digits. Several times as fast as the processor's own; 0 where x is 0. */
#define NEWTON(y) y = y * (REAL_C(1.5) - half * (y * y));
INLINE vec square_root(vec x)
{
  const vec half = REAL_C(0.5) * x;
#ifdef REAL_IS_DOUBLE
  vec y = (vec)(0x5fe6eb50c7b537a9ull - ((bits)x >> 1));
  NEWTON(y)
#else
  vec y = (vec)(0x5f375a86u - ((bits)x >> 1));
#endif
  NEWTON(y) NEWTON(y) NEWTON(y) return x * y;
}

TARGET static void adam(const struct adam_rates *rates, size_t n, const real *gradient,
                        real *m, real *v, real *theta, real *mean)
{
  const struct adam_rates r = *rates;
  const vec floor = REAL_C(1e-33) + (vec){0}; /* far below epsilon squared */
  for (size_t i = 0; i < n; i += LANES) {
    const vec g = LOAD(gradient + i);
    const vec m_new = flush(r.beta1 * LOAD(m + i) + (1 - r.beta1) * g);
    const vec v_new = r.beta2 * LOAD(v + i) + ((1 - r.beta2) * g * g + floor);
    const vec move = r.rate * m_new / (square_root(v_new) + r.epsilon);
    const vec t = flush(r.keep * LOAD(theta + i) - move);
    STORE(m + i, m_new);
    STORE(v + i, v_new);
    STORE(theta + i, t);
    if (mean) STORE(mean + i, r.mean * LOAD(mean + i) + (1 - r.mean) * t);
  }
}

/* ---- losses ---------------------------------------------------------------------------- */
INLINE double lane_sum_d(dvec v)
{
#if VECTOR_BYTES == 16
  return SUM_2(0);
#elif VECTOR_BYTES == 32
  return SUM_4(0);
#else
  return SUM_8(0);
#endif
}

TARGET static double largest(size_t n, const double *v)
{
  double high = -INFINITY;
  size_t i = 0;
  if (n >= DLANES) {
    dvec highs = LOAD_D(v);
    for (i = DLANES; i + DLANES <= n; i += DLANES) {
      const dvec next = LOAD_D(v + i);
      highs = select_d(next > highs, next, highs);
    }
    for (size_t l = 0; l < DLANES; l++)
      high = highs[l] > high ? highs[l] : high;
  }
  for (; i < n; i++)
    high = v[i] > high ? v[i] : high;
  return high;
}

/* The last numbers, fewer than a vector holds; the rest of it is `rest`. */
INLINE dvec load_last(size_t count, const double *v, double rest)
{
  dvec out = rest + (dvec){0};
  memcpy(&out, v, count * sizeof *v);
  return out;
}

TARGET static double exponentials(size_t n, double scale, double shift, const double *v,
                                  double *e)
{
  dvec sums = {0};
  size_t i = 0;
  for (; i + DLANES <= n; i += DLANES) {
    const dvec x = exp_d(scale * LOAD_D(v + i) - shift);
    STORE_D(e + i, x);
    sums += x;
  }
  double sum = lane_sum_d(sums);
  if (i < n) {
    const dvec x = exp_d(scale * load_last(n - i, v + i, 0.0) - shift);
    memcpy(e + i, &x, (n - i) * sizeof *e);
    for (size_t l = 0; l < n - i; l++)
      sum += x[l];
  }
  return sum;
}

TARGET static void leave_out(size_t n, const double *e, double total, double c, double d,
                             double shift, double *inverse, double *logs)
{
  size_t i = 0;
  for (; i + DLANES <= n; i += DLANES) {
    const dvec sum = c * (total - LOAD_D(e + i)) + d;
    STORE_D(inverse + i, c / sum);
    STORE_D(logs + i, shift + log_d(sum));
  }
  if (i < n) {
    const dvec sum = c * (total - load_last(n - i, e + i, 0.0)) + d;
    const dvec inverses = c / sum, l = shift + log_d(sum);
    memcpy(inverse + i, &inverses, (n - i) * sizeof *inverse);
    memcpy(logs + i, &l, (n - i) * sizeof *logs);
  }
}

TARGET static double shares(size_t n, const double *e, const double *inverse, double a,
                            double each, double by_all, double *d)
{
  dvec sums = {0};
  size_t i = 0;
  for (; i + DLANES <= n; i += DLANES) {
    const dvec ei = LOAD_D(e + i), share = ei * (a - LOAD_D(inverse + i));
    STORE_D(d + i, each * share + by_all * ei);
    sums += share;
  }
  if (i < n) {
    const dvec ei = load_last(n - i, e + i, 0.0);
    const dvec share = ei * (a - load_last(n - i, inverse + i, 0.0));
    const dvec out = each * share + by_all * ei;
    memcpy(d + i, &out, (n - i) * sizeof *d);
    sums += share;
  }
  return lane_sum_d(sums);
}

TARGET static double sum(size_t n, const double *v)
{
  dvec sums = {0};
  size_t i = 0;
  for (; i + DLANES <= n; i += DLANES)
    sums += LOAD_D(v + i);
  if (i < n) sums += load_last(n - i, v + i, 0.0);
  return lane_sum_d(sums);
}

/* As many numbers as a vector of doubles holds. */
typedef real dreal __attribute__((vector_size(DLANES * sizeof(real)), ANYWHERE(real)));

TARGET static void take(size_t panels, const real *scores, size_t panel, double *row)
{
  for (; panels > 0; panels--, scores += panel, row += PANEL)
    for (size_t r = 0; r < PANEL; r += DLANES)
      STORE_D(row + r, __builtin_convertvector(*(const dreal *)(scores + r), dvec));
}

TARGET static void put(size_t panels, const double *row, double times, real *scores,
                       size_t panel)
{
  for (; panels > 0; panels--, scores += panel, row += PANEL)
    for (size_t r = 0; r < PANEL; r += DLANES) {
      const dvec v = times * LOAD_D(row + r), size = select_d(v < 0.0, -v, v);
      *(dreal *)(scores + r) =
          __builtin_convertvector((dvec)((dmask)v & ~(size < 1e-18)), dreal);
    }
}

const struct kernels KERNELS = {KERNELS_NAME, kernels_available,
                                product,      dots,
                                turn,         heights,
                                scatter,      activate,
                                add,          join,
                                part,         mix,
                                unmix,        adam,
                                largest,      exponentials,
                                leave_out,    shares,
                                sum,          take,
                                put};
