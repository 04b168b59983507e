#include <string.h>
#include "kernels.h"

extern const struct kernels kernels_portable, kernels_avx2, kernels_avx512;

/* Best first. */
static const struct kernels *const sets[] = {
#if defined(__x86_64__) && defined(__GNUC__)
#ifndef _WIN32
    &kernels_avx512,
#endif
    &kernels_avx2,
#endif
    &kernels_portable,
};

static const struct kernels *in_use = NULL;

const struct kernels *kernels_listed(size_t i)
{
  return i < sizeof sets / sizeof *sets ? sets[i] : NULL;
}

int kernels_use(const char *name)
{
  for (size_t i = 0; kernels_listed(i); i++)
    if ((!name || strcmp(sets[i]->name, name) == 0) && sets[i]->available()) {
      if (in_use != sets[i]) in_use = sets[i]; /* other threads may be reading it */
      return 1;
    }
  return 0;
}

const struct kernels *kernels(void)
{
  if (!in_use) kernels_use(NULL);
  return in_use;
}
