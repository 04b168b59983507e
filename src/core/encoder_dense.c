/* A multi-layer perceptron, to which a linear map of the inputs may be added.
 * Numbers: the network's, then the map's. */
#include "encoder.h"

static void make(struct encoder *e, struct extent *end)
{
  mlp_make(&e->mlp, end);
  if (e->skip) e->map = linear_make(e->inputs, e->embedding + 1, 0, end);
}

static void init(const struct encoder *e, uint64_t seed, real *flat)
{
  mlp_init(&e->mlp, seed, flat);
  if (e->skip) init_linear(&e->map, OUTPUT_SCALE, e->inputs, seed, flat);
}

static void layout(const struct encoder *e, size_t rows, struct arena *arena,
                   struct encoder_space *space)
{
  mlp_layout(&e->mlp, rows, arena, &space->mlp);
}

static void prepare(const struct encoder *e, size_t rows, struct encoder_space *space)
{
  mlp_prepare(&e->mlp, rows, &space->mlp);
}

static void forward(const struct encoder *e, const real *packed, struct stretch panels,
                    struct block in, struct encoder_space *space, struct block out)
{
  mlp_forward(&e->mlp, packed, panels, in, &space->mlp, out);
  if (e->skip)
    linear_forward(&e->map, packed, panels.count, block_from(in, panels.first, 0),
                   block_from(out, panels.first, 0), INTO_ADD);
}

static void backward(const struct encoder *e, const real *packed, struct stretch panels,
                     struct block in, struct encoder_space *space, struct block d_out)
{
  (void)in;
  mlp_backward(&e->mlp, packed, panels, &space->mlp, d_out, (struct block){NULL, 0});
}

static void uses(const struct encoder *e, const struct encoder_space *space,
                 struct block in, struct block d_out, struct uses *uses)
{
  mlp_uses(&e->mlp, &space->mlp, in, d_out, uses);
  if (e->skip) uses_add(uses, &e->map, in, d_out);
}

const struct encoder_kind encoder_dense = {make,    init,     layout, prepare,
                                           forward, backward, uses};

void encoder_set_dense(struct encoder *e, size_t depth, const size_t *widths,
                       enum activation activation)
{
  e->kind = &encoder_dense;
  e->mlp.activation = activation;
  e->mlp.layers = depth + 1;
  e->mlp.width[0] = e->inputs;
  for (size_t l = 0; l < depth; l++)
    e->mlp.width[l + 1] = widths[l];
  e->mlp.width[depth + 1] = e->embedding + 1;
}
