#include <string.h>
#include "linear.h"

struct linear linear_make(size_t in, size_t out, int bias, struct extent *end)
{
  const struct linear l = {in, out, bias, end->flat, end->packed};
  end->flat += linear_flat_size(&l);
  end->packed += linear_packed_size(&l);
  return l;
}

void linear_pack(const struct linear *l, const real *flat, real *packed)
{
  const size_t inputs = linear_inputs(l), filled = panel_count(l->out) * PANEL;
  flat += l->flat;
  packed += l->packed;
  for (size_t i = 0; i < inputs; i++)
    for (size_t o = 0; o < filled; o++)
      packed[block_index(inputs, o, i)] = o < l->out ? flat[i * l->out + o] : REAL_C(0.0);
}

void linear_unpack(const struct linear *l, const real *packed, real *flat)
{
  const size_t inputs = linear_inputs(l);
  flat += l->flat;
  packed += l->packed;
  for (size_t i = 0; i < inputs; i++)
    for (size_t o = 0; o < l->out; o++)
      flat[i * l->out + o] = packed[block_index(inputs, o, i)];
}

void linear_forward(const struct linear *l, const real *packed, size_t panels,
                    struct block x, struct block z, enum into into)
{
  const size_t inputs = linear_inputs(l);
  const struct product product = {
      l->out,  inputs, panels,  LEFT_DOWN, packed + l->packed, panel_size(inputs), x.at,
      x.panel, z.at,   z.panel, into};
  kernels()->product(&product);
}

/* Outputs that go together: they need the same inputs, or nearly. */
#define ABREAST 6

void linear_forward_upper(const struct linear *l, const real *packed, size_t panels,
                          struct block x, struct block z)
{
  const size_t jump = panel_size(linear_inputs(l));
  packed += l->packed;
  for (size_t o = 0, last; o < l->out; o = last) {
    const size_t panel_end = (o / PANEL + 1) * PANEL;
    const size_t end = panel_end < l->out ? panel_end : l->out;
    last = o + ABREAST < end ? o + ABREAST : end;
    const struct product product = {last - o,
                                    last + 1,
                                    panels,
                                    LEFT_DOWN,
                                    packed + o / PANEL * jump + o % PANEL,
                                    jump,
                                    x.at,
                                    x.panel,
                                    z.at + o * PANEL,
                                    z.panel,
                                    INTO_SET};
    kernels()->product(&product);
  }
}

void linear_backward(const struct linear *l, const real *packed, size_t panels,
                     struct block dz, struct block dx)
{
  const size_t size = panel_size(linear_inputs(l));
  const struct product product = {
      l->in, l->out,   panels, LEFT_ACROSS, packed + l->packed, size,
      dz.at, dz.panel, dx.at,  dx.panel,    INTO_MULTIPLY};
  kernels()->product(&product);
}

/* Panels of outputs in a piece. */
#define TOGETHER 2

size_t linear_pieces(const struct linear *l)
{
  return (panel_count(l->out) + TOGETHER - 1) / TOGETHER;
}

static size_t piece_panels(const struct linear *l, size_t piece)
{
  const size_t left = panel_count(l->out) - TOGETHER * piece;
  return left < TOGETHER ? left : TOGETHER;
}

struct span linear_span(const struct linear *l, size_t piece)
{
  const size_t size = panel_size(linear_inputs(l));
  return (struct span){TOGETHER * piece * size, piece_panels(l, piece) * size};
}

/* With no more columns than this, products would mostly compute what fills up a panel. */
#define FEW 4
/* Panels of rows that are turned at one time: they stay in the cache nearest by. */
#define ROW_PANELS 16

void linear_gradient(const struct linear *l, size_t piece, size_t panels, struct block x,
                     struct block dz, enum into into, real *gradient)
{
  const size_t inputs = linear_inputs(l), size = panel_size(inputs);
  const size_t first = TOGETHER * piece;
  size_t count = piece_panels(l, piece);
  const size_t last_columns = l->out - (first + count - 1) * PANEL;
  real turned[TOGETHER * ROW_PANELS * PANEL * PANEL];
  gradient += first * size;
  if (last_columns <= FEW) {
    count--;
    if (into == INTO_SET) memset(gradient + count * size, 0, size * sizeof(real));
    kernels()->dots(inputs, last_columns, panels, x.at, x.panel,
                    dz.at + (first + count) * PANEL * PANEL, dz.panel, into == INTO_ADD,
                    gradient + count * size);
  }
  for (size_t p = 0; count > 0 && p < panels; p += ROW_PANELS) {
    const size_t rows = panels - p < ROW_PANELS ? panels - p : ROW_PANELS;
    for (size_t q = 0; q < count; q++) {
      const size_t output = (first + q) * PANEL;
      const size_t n = l->out - output < PANEL ? l->out - output : PANEL;
      kernels()->turn(n, rows, dz.at + p * dz.panel + output * PANEL, dz.panel,
                      turned + q * rows * PANEL * PANEL);
    }
    const struct product product = {inputs,      PANEL * rows,           count,
                                    LEFT_ACROSS, x.at + p * x.panel,     x.panel,
                                    turned,      rows * PANEL * PANEL,   gradient,
                                    size,        p > 0 ? INTO_ADD : into};
    kernels()->product(&product);
  }
}
