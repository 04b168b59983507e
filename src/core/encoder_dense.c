/* A multi-layer perceptron, to which a linear map of the inputs may be added.
 * Parameters: the network's, then the map's (inputs x (embedding + 1)). */
#include "encoder.h"

static size_t outputs(const struct encoder *e)
{
  return e->embedding + 1;
}

static size_t parameters(const struct encoder *e)
{
  return mlp_parameters(&e->mlp) + (e->skip ? e->inputs * outputs(e) : 0);
}

static void init(const struct encoder *e, uint64_t seed, size_t first, real *theta)
{
  const size_t network = mlp_parameters(&e->mlp);
  mlp_init(&e->mlp, seed, first, theta);
  if (e->skip)
    init_weights(e->inputs, e->inputs * outputs(e), OUTPUT_SCALE, seed, first + network,
                 theta + network);
}

static void layout(const struct encoder *e, size_t rows, struct arena *arena,
                   struct encoder_space *space)
{
  mlp_layout(&e->mlp, rows, arena, &space->mlp);
}

static void forward(const struct encoder *e, const real *theta, size_t rows,
                    const real *in, struct encoder_space *space, real *out)
{
  mlp_forward(&e->mlp, theta, rows, in, &space->mlp, out);
  if (e->skip)
    gemm(rows, outputs(e), e->inputs, in, e->inputs, 1, theta + mlp_parameters(&e->mlp),
         outputs(e), out, outputs(e), 1);
}

static void backward(const struct encoder *e, const real *theta, size_t rows,
                     const real *in, struct encoder_space *space, const real *d_out,
                     real *gradient)
{
  mlp_backward(&e->mlp, theta, rows, in, &space->mlp, d_out, gradient, NULL);
  if (e->skip)
    gemm(e->inputs, outputs(e), rows, in, 1, e->inputs, d_out, outputs(e),
         gradient + mlp_parameters(&e->mlp), outputs(e), 1);
}

const struct encoder_kind encoder_dense = {parameters, init, layout, forward, backward};

void encoder_make_dense(struct encoder *e, size_t depth, const size_t *widths,
                        enum activation activation)
{
  e->kind = &encoder_dense;
  e->mlp.activation = activation;
  e->mlp.layers = depth + 1;
  e->mlp.width[0] = e->inputs;
  for (size_t l = 0; l < depth; l++)
    e->mlp.width[l + 1] = widths[l];
  e->mlp.width[depth + 1] = outputs(e);
}
