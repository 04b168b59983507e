#include "lines.h"
#include <math.h>
#include <string.h>

void lines_near(const struct lines *lines, size_t points, const double *x,
                const double *y, size_t widths, const double *width, double *near)
{
  memset(near, 0, lines->count * widths * sizeof *near);
  for (size_t l = 0; l < lines->count; l++) {
    const double intercept = lines->intercepts[l], slope = lines->slopes[l];
    const double upright = 1.0 / sqrt(1.0 + slope * slope);
    for (size_t p = 0; p < points; p++) {
      const double apart = fabs(y[p] - intercept - slope * x[p]) * upright;
      for (size_t w = 0; w < widths && apart < width[w]; w++)
        near[l * widths + w] += 1.0;
    }
  }
}
