# What is done to each column of a block before a critic sees it: centred and divided by
# its standard deviation, then kept within +-10, so that a single wild value can't rule a
# batch. Fitted on training rows alone.

MARGIN_LIMIT <- 10

margins_fit <- function(block, rows, standardise) {
  if (!standardise) return(NULL)
  block <- block[rows, , drop = FALSE]
  largest <- apply(abs(block), 2, max)
  largest[largest == 0] <- 1
  scaled <- sweep(block, 2, largest, "/") # squares of large values would overflow
  sd <- apply(scaled, 2, stats::sd)
  sd[sd == 0] <- 1
  list(centre = colMeans(scaled) * largest, scale = sd * largest)
}

margins_apply <- function(margins, block) {
  if (is.null(margins)) return(block)
  block <- sweep(sweep(block, 2, margins$centre), 2, margins$scale, "/")
  pmin(pmax(block, -MARGIN_LIMIT), MARGIN_LIMIT)
}
