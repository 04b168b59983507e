/* A critic scores pairs: s(x, y), to become log p(x, y) / (p(x) p(y)). Its parameters are
 * one vector of reals, flat or packed (see linear.h); all zero, every critic's scores are
 * 0, which says that x and y are independent.
 * To add a critic: one file with its operations, one line in the table of critic.c, one
 * constructor in R/critics.R. */
#ifndef CORE_CRITIC_H
#define CORE_CRITIC_H

#include "encoder.h"
#include "host.h"
#include "objective.h"

/* What the user asks for. */
struct critic_spec {
  const char *kind; /* "bilinear", "separable", "joint" */
  size_t dx, dy;    /* columns of x and of y */
  size_t depth;     /* hidden layers */
  size_t widths[MLP_MAX_LAYERS - 1];
  size_t embedding;       /* separable: columns of the embeddings */
  const char *activation; /* "relu", "silu", "tanh" */
  int skip;               /* separable: linear maps beside the networks */
  int quadratic;          /* bilinear: quadratic additive terms */
  const char *head;       /* "log_ratio", "ratio", "cosine" */
  double temperature;     /* cosine */
  enum second second;     /* as the objective wants it */
  size_t components;      /* separable: inner products that are mixed; 0: one */
  size_t known;           /* of the columns of x and of y: see struct critic */
};

struct critic;

/* What a critic's output is. */
enum head { HEAD_LOG_RATIO = 0, HEAD_RATIO, HEAD_COSINE };

/* One batch's loss, asked of a critic. x: rows x dx, y: rows x dy, both dense and
 * row-major. */
struct critic_call {
  const struct critic *critic;
  const real *packed; /* its parameters */
  size_t rows;
  const real *x, *y;
  const struct objective *objective;
  struct objective_state
      *state;     /* what the objective keeps from batch to batch, or NULL */
  real *gradient; /* of the loss, packed; NULL: loss only */
  /* Called for every part of the gradient when it is known, by any thread, each part once;
   * no one reads the parameters there any more. NULL: none. */
  void (*ready)(void *context, struct span part);
  void *context;
  const struct host *host;
  void *work; /* critic_work_bytes for so many rows or more */
};

/* What critic.c hands on to a kind: the call, and beside it what the second network says. */
struct kind_call {
  const struct critic_call *call;
  double *second, *d_second; /* rows, or NULL without a second network */
  double *row_loss;          /* rows */
  struct block known;        /* of y */
  void *work;
};

struct critic_kind {
  const char *name;
  /* Fills what is the kind's own and places its maps; NULL, or a sentence that says what is
   * wrong. */
  const char *(*make)(const struct critic_spec *spec, enum activation activation,
                      struct critic *critic, struct extent *end);
  void (*init)(const struct critic *critic, uint64_t seed, real *flat);
  /* `objective` is NULL where pairs alone are asked for. */
  size_t (*work_bytes)(const struct critic *critic, const struct objective *objective,
                       size_t rows);
  /* The linear maps, in the order of their numbers, and, after a loss with a gradient on
   * this work memory, where their gradients come from. */
  void (*uses)(const struct critic *critic, const struct objective *objective,
               size_t rows, void *work, struct uses *uses);

  /* scores[i] = s(x_i, y_i). */
  void (*pairs)(const struct critic *critic, const real *packed, size_t rows,
                const real *x, const real *y, void *work, real *scores);
  /* scores[i * rows + j] = s(x_i, y_j). */
  void (*matrix)(const struct critic *critic, const real *packed, size_t rows,
                 const real *x, const real *y, void *work, real *scores);

  /* Row i's loss into row_loss[i]: x_i with every y_j. If a gradient is asked for, also
   * d_second and all that the maps' gradients come from. */
  enum status (*loss)(const struct kind_call *call);
};

struct critic {
  const struct critic_kind *kind;
  size_t dx, dy; /* numbers in a row of data: what the critic learns from, and then */
  size_t known;  /* so many columns whose inner product is a known part of the score */
  size_t parameters; /* flat: the critic's, then the second network's */
  size_t packed;     /* the same packed */
  enum head head;
  double temperature;             /* cosine */
  struct encoder x, y;            /* bilinear, separable */
  size_t embedding, components;   /* likewise */
  struct linear joint_x, joint_y; /* joint: the halves of the first layer */
  struct mlp joint;               /* joint: the layers after it */
  enum second second_of;
  struct encoder second; /* its additive term is the second network's value */
};

/* Fills *critic. Returns NULL, or a sentence that says what is wrong with the spec. */
const char *critic_make(const struct critic_spec *spec, struct critic *critic);

/* Initial parameters, flat. */
void critic_init(const struct critic *critic, uint64_t seed, real *flat);

/* Parameters, or a gradient by them, from one form to the other. */
void critic_pack(const struct critic *critic, const real *flat, real *packed);
void critic_unpack(const struct critic *critic, const real *packed, real *flat);

size_t critic_work_bytes(const struct critic *critic, const struct objective *objective,
                         size_t rows);

/* The mean loss of the rows, and the gradient if it is asked for. */
enum status critic_loss(const struct critic_call *call, double *loss);

/* The critic's output for pairs i, and that of the second network unless `second` is NULL
 * (0 without one). `work` as for a loss, objective NULL. */
void critic_pairs(const struct critic *critic, const real *packed, size_t rows,
                  const real *x, const real *y, void *work, real *scores, real *second);

/* The critic's output for all pairs: rows x rows. */
void critic_matrix(const struct critic *critic, const real *packed, size_t rows,
                   const real *x, const real *y, void *work, real *scores);

/* What is added to a critic's sum for the number that an objective sees: all parameters 0
 * say r = 1, independence, whether the output is log r or r. */
static inline double head_offset(const struct critic *critic)
{
  return critic->head == HEAD_RATIO ? 1.0 : 0.0;
}

/* ---- what the kinds share ---------------------------------------------------------- */

/* The scores of one x with every y lie in a block whose rows are the y's, as one of its
 * features. As doubles they follow one another, with room for whole panels (row_room).
 * Writes so many times the row; rows that fill up the last panel get 0. */
void row_put(size_t n, double *row, double times, struct block scores);

/* Doubles that critic_row needs. */
size_t critic_row_work(size_t rows);
/* Row i's loss into row_loss[i]; its scores become, if a gradient is asked for, the
 * derivatives of the mean loss by them. */
void critic_row(const struct kind_call *call, size_t i, struct block scores,
                double *work);

/* Memory for an objective that wants the whole matrix. */
struct whole {
  double *matrix, *gradient; /* rows x rows */
  double *row;               /* of known parts */
  double *work;
};

/* Takes nothing if the objective is local. */
void whole_layout(const struct objective *objective, size_t rows, struct arena *arena,
                  struct whole *whole);
/* Row i from its scores, and its gradient back to them; `row` is work memory for one. */
void whole_take(const struct whole *whole, size_t n, size_t i, struct block scores);
void whole_put(const struct whole *whole, size_t n, size_t i, double *row,
               struct block scores);
/* As critic_row, for all rows at once: from whole->matrix to whole->gradient. */
enum status whole_loss(const struct kind_call *call, const struct whole *whole);

/* Rows are worked on in stretches of panels. */
#define STRETCH_PANELS 2
static inline size_t stretches(size_t rows)
{
  return (panel_count(rows) + STRETCH_PANELS - 1) / STRETCH_PANELS;
}
static inline struct stretch stretch_at(size_t rows, size_t i)
{
  const size_t first = i * STRETCH_PANELS, left = panel_count(rows) - first;
  return (struct stretch){first, left < STRETCH_PANELS ? left : STRETCH_PANELS};
}

extern const struct critic_kind critic_bilinear, critic_separable, critic_joint;

#endif
