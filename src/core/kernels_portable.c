/* Vectors of 16 bytes, which every 64-bit x86, ARM and POWER has. */
#define KERNELS kernels_portable
#define TARGET
#define VECTOR_BYTES 16
#if defined(__aarch64__)
#define KERNELS_NAME "neon"
#define TILE_ACROSS 12
#define TILE_DOWN 8
#else
#define TILE_ACROSS 6
#define TILE_DOWN 6
#if defined(__SSE2__)
#define KERNELS_NAME "sse2"
#else
#define KERNELS_NAME "portable"
#endif
#endif

static int kernels_available(void)
{
  return 1;
}

#include "kernels_vector.h"
