#include <string.h>
#include "critic.h"

static const struct critic_kind *const kinds[] = {
    &critic_bilinear,
    &critic_separable,
    &critic_joint,
};

static int find_activation(const char *name, enum activation *activation)
{
  static const struct {
    const char *name;
    enum activation value;
  } activations[] = {
      {"relu", ACTIVATION_RELU},
      {"silu", ACTIVATION_SILU},
      {"tanh", ACTIVATION_TANH},
  };
  for (size_t i = 0; i < sizeof activations / sizeof *activations; i++)
    if (strcmp(activations[i].name, name) == 0) {
      *activation = activations[i].value;
      return 1;
    }
  return 0;
}

const char *critic_make(const struct critic_spec *spec, struct critic *critic)
{
  enum activation activation;
  memset(critic, 0, sizeof *critic);
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
    if (strcmp(kinds[i]->name, spec->kind) == 0) critic->kind = kinds[i];
  if (!critic->kind) return "there is no critic of that name";
  if (spec->dx < 1 || spec->dy < 1) return "x and y need at least one column";
  if (spec->depth > MLP_MAX_LAYERS - 1) return "there are too many hidden layers";
  for (size_t l = 0; l < spec->depth; l++)
    if (spec->widths[l] < 1) return "a hidden layer has no units";
  if (!find_activation(spec->activation, &activation))
    return "there is no activation of that name";
  critic->dx = spec->dx;
  critic->dy = spec->dy;
  const char *wrong = critic->kind->make(spec, activation, critic);
  if (wrong) return wrong;
  critic->parameters = critic->kind->parameters(critic);
  return NULL;
}
